"""One cached step: what it gave, what it cost, and why its key is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import chain
from sys import getsizeof
from typing import Any

from numpy import ndarray

from nodeflow.types import File

MOST = 20
"""Warnings that are kept with an entry, of all steps together."""
LONGEST = 500
"""Characters of a warning that are kept."""
MORE = "it warned of more when this was made, which is not kept"

Warnings = Mapping[str, tuple[str, ...]]
"""What nodes warned of, by the keys of their steps."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The outputs and artifacts of a step, with the seconds it took and the parts of its key.

    `types` are the wire types of the outputs by name and `node_id` is the node that made it; neither is in the key.
    `warnings` are its own and those of the steps before it: who finds it in the cache does not look at those.
    """

    outputs: Mapping[str, Any]
    artifacts: tuple[File, ...] = ()
    seconds: float = 0.0
    type: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    node_id: str = ""
    warnings: Warnings = field(default_factory=dict)

    def files(self) -> Iterator[File]:
        """Every file of the store that the entry is worthless without."""
        yield from self.artifacts
        yield from (value for value in self.values() if isinstance(value, File))

    def values(self) -> Iterator[Any]:
        """Every value that an output gave, those of a list one by one."""
        for value in self.outputs.values():
            yield from value if isinstance(value, list | tuple) else (value,)


def warnings_with(key: str, said: Iterable[str], before: Iterable[Warnings]) -> Warnings:
    """What an entry keeps of the warnings of its own step and of those that its inputs have kept: of many the first."""
    found: dict[str, tuple[str, ...]] = {}
    room = MOST
    own = (key, tuple(dict.fromkeys(said)))
    for step, messages in chain([own], *(each.items() for each in before)):
        if messages and room and step not in found:
            kept = [_kept(message) for message in messages[:room]]
            if len(messages) > room:
                kept[-1] = MORE
            found[step] = tuple(kept)
            room -= len(kept)
    return found


def _kept(message: str) -> str:
    """A message of bounded length that every file can hold; names of files may have halves of characters."""
    whole = message.encode("utf-8", "replace").decode()
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"


def footprint(value: object) -> int:
    """The bytes a value keeps in memory; what is held twice counts once.

    Arrays and tensors count by their `nbytes`, a view by those of the whole array or storage, which it keeps alive.
    """
    total, seen, stack = 0, set(), [value]
    while stack:
        item = stack.pop()
        identity, nbytes = _measured(item)
        if identity in seen:
            continue
        seen.add(identity)
        total += nbytes
        stack.extend(_held_by(item))
    return total


def _measured(item: Any) -> tuple[int, int]:
    """What tells the memory behind an item apart from other memory, and its bytes."""
    while isinstance(item, ndarray) and isinstance(item.base, ndarray):
        item = item.base
    try:
        if hasattr(item, "untyped_storage") and not isinstance(item, type):
            storage = item.untyped_storage()
            return storage.data_ptr() or id(item), storage.nbytes()
        nbytes = getattr(item, "nbytes", None)
    except RuntimeError:
        # A sparse tensor has neither, and says so.
        nbytes = None
    return id(item), nbytes if isinstance(nbytes, int) else getsizeof(item, 64)


def _held_by(item: object) -> Iterator[object]:
    if isinstance(item, Mapping):
        yield from item.keys()
        yield from item.values()
    elif isinstance(item, list | tuple | set | frozenset):
        yield from item
    elif is_dataclass(item) and not isinstance(item, type):
        yield from (getattr(item, each.name) for each in fields(item))
