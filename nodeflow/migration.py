"""How a node of an older version becomes one of the next, and what was changed about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nodeflow.problems import show


@dataclass(eq=False)
class OldNode:
    """A node of a saved graph while it is being changed: what its inputs are given, by name.

    `values` are literals as JSON has them, `links` are written `"node.output"`. Change both as you like; what was
    changed is found out and told. Renaming has methods of its own, since other parts of the graph have to follow.
    """

    values: dict[str, Any]
    links: dict[str, str]
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    def rename_input(self, old: str, new: str) -> None:
        """Give an input another name, also where the graph lets callers set it. Raises ValueError if it is taken."""
        for given in (self.values, self.links):
            if old in given:
                if new in self.values or new in self.links:
                    raise ValueError(f"{old!r} cannot become {new!r}: the node has both")
                given[new] = given.pop(old)
        _rename(self.inputs, old, new)

    def rename_output(self, old: str, new: str) -> None:
        """Give an output another name, also where other nodes are linked to it."""
        _rename(self.outputs, old, new)

    def drop_input(self, name: str) -> None:
        """Leave out what an input is given, if anything is."""
        self.values.pop(name, None)
        self.links.pop(name, None)


@dataclass(frozen=True)
class Migration:
    """Leads from one version of a node type to the next: `change` makes a node of `from_version` one of the next.

    `type` is the name without the plugin's. Migrations follow each other where a graph is several versions old.
    """

    type: str
    from_version: int
    change: Callable[[OldNode], None]


def changes(before: OldNode, after: OldNode) -> Iterator[str]:
    """What a migration has changed, part by part, in words."""
    old_values, old_links = dict(before.values), dict(before.links)
    for old, new in after.inputs.items():
        for given in (old_values, old_links):
            if old in given:
                given[new] = given.pop(old)
                yield f"input {old!r} is now {new!r}"
    for old, new in after.outputs.items():
        yield f"output {old!r} is now {new!r}"
    yield from _differences("", old_values, after.values)
    yield from _differences("the link of ", old_links, after.links)


def _differences(what: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in (*before, *(name for name in after if name not in before)):
        if name not in after:
            yield f"{what}{name!r} is left out; it was {show(before[name])}"
        elif name not in before:
            yield f"{what}{name!r} is added: {show(after[name])}"
        elif not _same(before[name], after[name]):
            yield f"{what}{name!r} was {show(before[name])} and is {show(after[name])}"


def _same(before: Any, after: Any) -> bool:
    """Whether two JSON values are the same one: 1, 1.0 and true are not."""
    return type(before) is type(after) and bool(before == after)


def _rename(names: dict[str, str], old: str, new: str) -> None:
    """Note a renaming, after those before it: what became `old` becomes `new`."""
    earlier = [first for first, last in names.items() if last == old]
    names[earlier[0] if earlier else old] = new


def draft(values: dict[str, Any], links: dict[str, str]) -> OldNode:
    """An old node that shares nothing with the graph it is from."""
    return OldNode(deepcopy(values), dict(links))
