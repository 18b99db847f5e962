"""What checking asks of a node type over and over, worked out once a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodeflow.registry import ANY
from nodeflow.spec import NodeSpec, Port
from nodeflow.spec.default import plainly_fits


class Declared:
    """A node type as checking sees it: its inputs sorted by what has to be done about them."""

    def __init__(self, spec: NodeSpec) -> None:
        ports = spec.inputs.values()
        self.spec = spec
        self.required = tuple(port for port in ports if port.required)
        self.defaults = {port.name: default for port in ports if (default := _default(port)) is not ...}
        self.choices = {
            port.name: port.choices.table for port in ports if port.choices is not None and port.file_choice is None
        }
        self.chosen = {name: table for name, table in self.choices.items() if self.defaults.get(name) is not None}
        self.gives = {port.element for port in spec.outputs.values()} - {ANY}
        self.files = {port.name: port.file_choice.kind for port in ports if port.file_choice is not None}
        self.fingerprint = getattr(spec.node, "fingerprint", None)


class Declarations:
    """The declared types of one graph, by name; None for a type the registry does not have."""

    def __init__(self, nodes: Mapping[str, NodeSpec]) -> None:
        self._nodes = nodes
        self._known: dict[str, Declared | None] = {}

    def __getitem__(self, name: str) -> Declared | None:
        if name not in self._known:
            spec = self._nodes.get(name)
            self._known[name] = None if spec is None else Declared(spec)
        return self._known[name]


def _default(port: Port) -> Any:
    """What goes into the values of a step when nothing is given; `...` for nothing.

    The default of an input that takes no literal is known to the code alone, unless it is None.
    """
    if port.required:
        return ...
    if port.default is None:
        return None
    if not port.value:
        return ...
    return port.default if plainly_fits(port.annotation, port.default) else port.validate(port.default)
