"""What an annotation means: a wire type, whether it may be null, and the hints it carries."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from nodeflow.errors import DeclarationError
from nodeflow.widgets import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider

ANY, JSON = "any", "json"
LITERALS = frozenset({"str", "int", "float", "bool", JSON})
"""The wire types whose values can be written into a graph."""

WIDGETS = (Choices, Lazy, Multiline, Painted, Seed, Slider)
RIGHT = (
    "use int, float, str, bool, Literal[...], an enum of texts or whole numbers, JsonValue, a registered class such "
    "as Image, list[...] of one, or one | None"
)


@dataclass(frozen=True)
class Meaning:
    """What an annotation says. `type` is a wire type's name, `list[...]` of one, or `any`.

    `python` is the class of a wire type that has one of its own. `hints` are the widgets.
    """

    type: str
    nullable: bool = False
    python: builtins.type | None = None
    hints: tuple[Any, ...] = ()
    description: str = ""
    title: str = ""


def read(annotation: Any, where: str) -> Meaning:
    """Reads an annotation. Raises DeclarationError, which says `where`, for one that means no wire type."""
    bare, outer = _unwrapped(annotation)
    bare, nullable = _without_none(bare)
    bare, inner = _unwrapped(bare)
    extras = (*outer, *inner)
    name, python = _wire(bare, where)
    fields = [extra for extra in extras if isinstance(extra, FieldInfo)]
    if any(not field.is_required() for field in fields):
        raise DeclarationError(f"{where}: a default stands behind the annotation: Annotated[..., Field(...)] = default")
    return Meaning(
        type=name,
        nullable=nullable,
        python=python,
        hints=tuple(_hints(extras, name, where)),
        description=next((field.description for field in fields if field.description), ""),
        title=next((field.title for field in fields if field.title), ""),
    )


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        bare, *extras = get_args(annotation)
        return bare, tuple(extras)
    return annotation, ()


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    parts = get_args(annotation)
    rest = [part for part in parts if part is not type(None)]
    return (rest[0] if len(rest) == 1 else annotation), len(rest) < len(parts)


def _wire(annotation: Any, where: str) -> tuple[str, type | None]:
    annotation, _ = _unwrapped(annotation)
    origin = get_origin(annotation)
    if annotation in (int, float, str, bool):
        return str(annotation.__name__), None
    if annotation in (Any, object):
        return ANY, None
    if annotation is JsonValue or dict in (annotation, origin):
        return JSON, None
    if origin is Literal:
        return _common(get_args(annotation), f"{where}: the choices of a Literal"), None
    if list in (annotation, origin) or tuple in (annotation, origin):
        return _sequence(annotation, where)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        members = f"{where}: the members of {annotation.__name__}"
        return _common(tuple(annotation), members + ", a StrEnum or an IntEnum,"), None
    if isinstance(annotation, type):
        return annotation.__name__, annotation
    raise DeclarationError(f"{where}: {annotation!r} is no wire type; {RIGHT}")


def _common(values: tuple[Any, ...], what: str) -> str:
    """Whether those are texts or whole numbers. An enum that is neither has no place in JSON, so none in a key."""
    for kind in (str, int):
        if values and all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
            return kind.__name__
    raise DeclarationError(
        f"{what} must be all text or all whole numbers, got {', '.join(map(repr, values)) or 'none'}"
    )


def _sequence(annotation: Any, where: str) -> tuple[str, type | None]:
    """A list; or a tuple, which is a list of a known length, or one that can be a default."""
    items = [item for item in get_args(annotation) if item is not ...]
    meanings = {_wire(item, where) for item in items}
    if len(meanings) != 1:
        what = "of what it is a list" if not meanings else "one type for all its items (or take a JsonValue)"
        raise DeclarationError(f"{where}: {annotation!r} must say {what}, such as list[int] or tuple[int, int]")
    name, python = meanings.pop()
    if name.startswith("list["):
        raise DeclarationError(f"{where}: {annotation!r} is a list of lists, which is no wire type; use JsonValue")
    return f"list[{name}]", python


def _hints(extras: tuple[Any, ...], name: str, where: str) -> Iterator[Any]:
    for extra in extras:
        if isinstance(extra, type) and issubclass(extra, WIDGETS):
            raise DeclarationError(f"{where}: write {extra.__name__}(...), not the class {extra.__name__}")
        if not isinstance(extra, WIDGETS):
            continue
        fitting = _fitting(extra)
        if fitting and name not in fitting:
            kind = type(extra).__name__
            raise DeclarationError(f"{where}: {kind} is for {' or '.join(fitting)}, not for {name}")
        yield extra


def _fitting(hint: object) -> tuple[str, ...]:
    """The types that a hint is for; none for all."""
    if isinstance(hint, FileChoice | Multiline | Painted):
        return ("str",)
    if isinstance(hint, Choices):
        return ("str", "list[str]")
    if isinstance(hint, Seed):
        return ("int",)
    return ("int", "float") if isinstance(hint, Slider) else ()
