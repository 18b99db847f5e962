"""Defaults that name a choice which nobody brings: known only once all plugins are loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from nodeflow.plugins.blame import written
from nodeflow.problems import meant, nearest
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port


@dataclass(frozen=True)
class Doubt:
    """An input of the plugin `owner` whose default is no choice; `place` is the file and line of its node type.

    The plugin works: whoever gives the input a value, or a plugin that brings the choice, need not mind.
    """

    owner: str
    found: str
    place: str

    @property
    def fix(self) -> str:
        """What would mend it."""
        return f"mend the default in {self.place or self.owner}, or load the plugin that brings it"

    @property
    def complaint(self) -> str:
        """All of it, in a line."""
        return f"plugin {self.owner!r}: {self.found}; {self.fix}"


def doubts(registry: Registry) -> Iterator[Doubt]:
    """Every default that is no choice of its table. A file that is not there is none: others may have it."""
    for spec in registry.nodes.values():
        for port in spec.inputs.values():
            if port.choices is not None and port.file_choice is None and port.default is not None:
                yield from _missing(spec, port, port.choices.table, registry)


def _missing(spec: NodeSpec, port: Port, table: str, registry: Registry) -> Iterator[Doubt]:
    choices: Collection[str] = registry.tables.get(table, ())
    for name in port.default if isinstance(port.default, list | tuple) else [port.default]:
        if name not in choices:
            near = meant(nearest(name, choices))
            said = f"{spec.name}.{port.name}: the default {name!r} is none of the {table}{near}"
            yield Doubt(spec.owner, said, written(spec.node))
