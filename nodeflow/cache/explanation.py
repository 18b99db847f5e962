"""Why a step has to run: what of its key differs from the most similar step that ran before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nodeflow.problems import show

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a key that differs, by its path (`values/steps`, `links/image`, `code`), before and now.

    What was or is not there at all is None.
    """

    part: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.part}: {show(self.before)} -> {show(self.now)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`state` is `cached`, `volatile`, or `new`, with the changes against the most similar earlier step, if any."""

    node_id: str
    state: str
    changes: tuple[Change, ...] = ()
    compared: bool = False
    volatile: str = ""

    def __str__(self) -> str:
        if self.state == "cached":
            return "it is in the cache"
        if self.state == "volatile":
            return f"it runs every time: {self.volatile}"
        if not self.compared:
            return "no step of its type is in the cache"
        return "; ".join(_sentence(change) for change in self.changes) or "its entry was dropped from the cache"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A step in the cache: the parts of its key and the node that made it."""

    parts: Mapping[str, Any]
    node_id: str


def compare(node_id: str, parts: Mapping[str, Any], earlier: Iterable[Earlier]) -> Explanation:
    """Explain a miss: a step of the same node is preferred, then the one with the fewest differences."""
    best: tuple[tuple[bool, int], tuple[Change, ...]] | None = None
    now = dict(_flat("", parts))
    for each in earlier:
        changes = tuple(_changes(dict(_flat("", each.parts)), now))
        rank = (each.node_id != node_id, len(changes))
        if best is None or rank < best[0]:
            best = rank, changes
    return Explanation(node_id, "new", best[1] if best else (), compared=best is not None)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for part in dict.fromkeys([*now, *before]):
        old, new = before.get(part, _ABSENT), now.get(part, _ABSENT)
        # 1, 1.0 and True are equal in Python and different in a key.
        if repr(old) != repr(new):
            yield Change(part, None if old is _ABSENT else old, None if new is _ABSENT else new)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The two levels of parts as one, with paths: `values/steps`."""
    for name, part in value.items():
        if isinstance(part, Mapping) and not path:
            yield from _flat(f"{name}/", part)
        else:
            yield path + name, part


def _sentence(change: Change) -> str:
    group, _, name = change.part.partition("/")
    match group:
        case "links":
            return f"what comes into {name!r} changed"
        case "code":
            return "the code of its plugin changed"
        case "uses":
            return f"the code of {name!r}, which it uses, changed"
        case "files":
            return f"the file of {name!r} changed"
        case "fingerprint":
            return "its fingerprint changed"
        case "values":
            return f"the value of {name!r} changed from {show(change.before)} to {show(change.now)}"
        case _:
            return f"{change.part} changed from {show(change.before)} to {show(change.now)}"
