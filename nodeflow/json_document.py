"""Reading JSON strictly: whatever two readers could take for different things is refused, with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from nodeflow.problems import Problems

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 100
MAX_INTEGER_BITS = 1024

Path = tuple[Any, ...]
"""A place in a document as nested pairs, `(((), "nodes"), "a")`: it grows by one in constant time."""


def read(text: str | bytes, problems: Problems, *, max_bytes: int = MAX_BYTES) -> Any:
    """The document, or None with problems noted when the text is no JSON that has one meaning.

    Refused are syntax errors, repeated names in an object, NaN and infinities (also by overflow, `1e999`), integers
    beyond 1024 bits, nesting beyond 100 levels, strings that are no Unicode, and more than `max_bytes`.
    """
    if len(text) > max_bytes:
        problems.add("too_large", (), f"the document has {len(text)} bytes, more than {max_bytes}")
        return None
    repeated: list[tuple[dict[str, Any], str]] = []
    try:
        document = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, repeated))
    except RecursionError:
        problems.add("too_large", (), f"the document nests more than {MAX_DEPTH} levels deep")
    except (json.JSONDecodeError, UnicodeError) as error:
        problems.add("not_json", (), f"the document is not JSON: {error}", expected="a JSON object")
    except ValueError:
        # Python reads no integer of more than a few thousand digits.
        problems.add("too_large", (), f"an integer has more than {MAX_INTEGER_BITS} bits")
    else:
        check(document, problems, repeated=repeated)
        return document
    return None


def check(
    document: Any, problems: Problems, *, at: Path = (), repeated: Iterable[tuple[dict[str, Any], str]] = ()
) -> None:
    """Note whatever in a Python value JSON cannot carry, or not with one meaning."""
    names: dict[int, list[str]] = {}
    for holder, name in repeated:
        names.setdefault(id(holder), []).append(name)
    stack: list[tuple[Path, int, Any]] = [(at, 0, document)]
    while stack:
        path, depth, value = stack.pop()
        if type(value) is dict:
            for name in names.get(id(value), ()):
                problems.add("duplicate_key", (*parts(path), name), f"the name {name!r} stands twice in one object")
            children: Iterable[tuple[Any, Any]] = value.items()
            for name in value:
                _check_name(name, path, problems)
        elif type(value) is list:
            children = enumerate(value)
        else:
            _check_scalar(value, path, problems)
            continue
        if depth == MAX_DEPTH:
            problems.add("too_large", parts(path), f"the document nests more than {MAX_DEPTH} levels deep")
            continue
        stack.extend(((path, name), depth + 1, child) for name, child in children if _may_be_wrong(child))


def parts(path: Path) -> Iterator[str | int]:
    """The names and positions of a path, from the root."""
    reversed_parts = []
    while path:
        path, part = path
        reversed_parts.append(part)
    return reversed(reversed_parts)


def _object(pairs: list[tuple[str, Any]], repeated: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        repeated.extend((found, name) for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return found


def _may_be_wrong(value: Any) -> bool:
    """False for what needs no second look: most of what a document holds."""
    kind = type(value)
    return not (kind is bool or value is None or (kind is str and value.isascii()))


def _check_name(name: Any, path: Path, problems: Problems) -> None:
    if type(name) is not str:
        problems.add("not_json", parts(path), "a name in an object is text", expected="text", got=name)
    elif not name.isascii() and not _is_unicode(name):
        problems.add(
            "not_json", parts(path), "a name holds half of a surrogate pair", expected="Unicode text", got=name
        )


def _check_scalar(value: Any, path: Path, problems: Problems) -> None:
    if type(value) is int:
        if value.bit_length() > MAX_INTEGER_BITS:
            problems.add("too_large", parts(path), f"an integer has more than {MAX_INTEGER_BITS} bits")
    elif type(value) is float:
        if not math.isfinite(value):
            problems.add(
                "not_finite", parts(path), f"{value} is no number JSON has", expected="a finite number", got=value
            )
    elif type(value) is str:
        if not value.isascii() and not _is_unicode(value):
            problems.add(
                "not_json", parts(path), "half of a surrogate pair is no text", expected="Unicode text", got=value
            )
    elif type(value) is not bool and value is not None:
        problems.add(
            "not_json", parts(path), f"{type(value).__name__} is no JSON type", expected="a JSON value", got=value
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
