"""Building a graph: each node, value and link is checked when it is given, as `compile` would check it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nodeflow.builder.handle import NodeHandle, Output
from nodeflow.builder.plain import plain
from nodeflow.errors import listed
from nodeflow.folders import Folders
from nodeflow.graph import FORMAT, Graph, GraphNode, open_seeds, parse
from nodeflow.node import Node, snake
from nodeflow.plan import examine
from nodeflow.plan.check import Checker
from nodeflow.problems import Problems, meant, show
from nodeflow.registry import Registry

LONGEST = 56
"""Letters of a type's name that its nodes' ids begin with; the rest of 64 is for a number."""


class Builder:
    """Writes a graph, node by node.

    What a registry has, under the names it has it, is what can be added; `folders` are where files that a node
    chooses are looked for. Everything raises GraphError, with the codes and messages that `compile` has, and then
    leaves the graph as it was.
    """

    def __init__(self, registry: Registry, folders: Folders | None = None) -> None:
        self.registry = registry
        self.folders = folders or Folders()
        # Its two dicts grow; `graph` gives away copies.
        self._draft = parse({"nodeflow": FORMAT, "nodes": {}, "inputs": {}})
        self._handles: dict[str, NodeHandle] = {}
        self._numbers: dict[str, int] = {}

    def add(
        self,
        node_type: str | type[Node],
        /,
        *,
        id: str | None = None,  # noqa: A002 - the document's word
        title: str | None = None,
        **inputs: object,
    ) -> NodeHandle:
        """Add a node of a type, which is a node's class or its registered name.

        An input that is given an output of another node, or a node that has just one, is linked; anything else is a
        value. Without `id` the node gets one from the type's name: `blur_image`, `blur_image_2`. Raises GraphError for
        an unknown type, an id that is taken or no id, and an input that does not exist or does not fit. What is
        missing is not asked for until `graph`.
        """
        name, own = self._type_name(node_type)
        node_id = self._free_id(own) if id is None else id
        problems = Problems()
        if node_id in self._draft.nodes:
            message = f"there is a node {node_id!r} already, a {self._draft.nodes[node_id].type}"
            problems.add("duplicate_key", ("nodes", node_id), message, expected="an id that is not taken")
        if name is None:
            _note_unregistered(problems, node_id, node_type, problems.nearest(own, self.registry.nodes))
        problems.refuse()
        head = {"type": name} if title is None else {"type": name, "title": title}
        self._draft.nodes[node_id] = self._checked(node_id, head | self._sorted(node_id, inputs))
        handle = self._handles[node_id] = NodeHandle(node_id, self.registry.nodes[self._draft.nodes[node_id].type])
        return handle

    def set(self, node: NodeHandle, /, **inputs: object) -> None:
        """Give a node other inputs, as `add` does; those that are not named stay. Raises GraphError."""
        node_id = self._id_of(node)
        before, given = self._draft.nodes[node_id].dump(), self._sorted(node_id, inputs)
        changed = {
            kind: {name: held for name, held in before.get(kind, {}).items() if name not in inputs} | given[kind]
            for kind in ("values", "links")
        }
        self._draft.nodes[node_id] = self._checked(node_id, before | changed)

    def input(self, name: str, node: NodeHandle, input: str) -> None:  # noqa: A002 - the word for it
        """Let callers set an input of a node, under a name. Raises GraphError for a name that is taken or no name,
        and for an input that does not exist, is linked or takes no value."""
        problems = Problems()
        if name in self._draft.inputs:
            message = f"there is an input {name!r} already, which is {self._draft.inputs[name]!r}"
            problems.add("duplicate_key", ("inputs", name), message, expected="a name that is not taken")
        problems.refuse()
        node_id = self._id_of(node)
        entry = parse({"nodeflow": FORMAT, "nodes": {}, "inputs": {name: f"{node_id}.{input}"}}).inputs
        draft = self._draft.model_copy(update={"inputs": entry})
        Checker(draft, self.registry, self.folders, problems).inputs([node_id])
        problems.refuse()
        self._draft.inputs.update(entry)

    def graph(self) -> Graph:
        """The graph as it is now, which later changes do not touch.

        Raises GraphError for what cannot be seen in one node: inputs that are missing, cycles, and an input that
        callers may set and that was linked since.
        """
        nodes = {node_id: node.dump() for node_id, node in self._draft.nodes.items()}
        graph = parse({"nodeflow": FORMAT, "nodes": nodes, "inputs": dict(self._draft.inputs)})
        examine(_with_seeds(graph, self.registry), self.registry, folders=self.folders)
        return graph

    def _checked(self, node_id: str, document: Mapping[str, Any]) -> GraphNode:
        """The node that a document means, if it is right by itself and its links lead to outputs that fit."""
        alone = parse({"nodeflow": FORMAT, "nodes": {node_id: document}})
        problems = Problems()
        checker = Checker(self._draft, self.registry, self.folders, problems)
        checker.given(node_id, _with_seeds(alone, self.registry).nodes[node_id])
        problems.refuse()
        return alone.nodes[node_id]

    def _type_name(self, node_type: str | type[Node]) -> tuple[str | None, str]:
        """The registered name of a type, None for a class without one, and its own name, without a plugin's."""
        if isinstance(node_type, str):
            return node_type, node_type.rpartition("/")[2]
        named = (name for name, spec in self.registry.nodes.items() if spec.node is node_type)
        name = next(named, None)
        own = getattr(node_type, "type_name", None) or getattr(node_type, "__name__", "node")
        return name, (name or str(own)).rpartition("/")[2]

    def _free_id(self, own: str) -> str:
        stem = re.sub(r"[^a-z0-9_-]+", "_", snake(own))[:LONGEST] or "node"
        # Remembered, so that ten thousand nodes of a type do not each try all that came before.
        number = self._numbers.get(stem, 1)
        while (node_id := stem if number == 1 else f"{stem}_{number}") in self._draft.nodes:
            number += 1
        self._numbers[stem] = number
        return node_id

    def _id_of(self, node: NodeHandle) -> str:
        problems = Problems()
        if not self._owns(node):
            _note_foreign(problems, ("nodes", str(node)), node)
        problems.refuse()
        return str(node)

    def _owns(self, node: NodeHandle) -> bool:
        return self._handles.get(str(node)) is node

    def _sorted(self, node_id: str, inputs: Mapping[str, object]) -> dict[str, dict[str, Any]]:
        """Inputs as the document has them: values here, links there."""
        problems = Problems()
        links = {
            name: self._link(("nodes", node_id, "links", name), given, problems)
            for name, given in inputs.items()
            if isinstance(given, NodeHandle | Output)
        }
        problems.refuse()
        return {"values": {name: plain(given) for name, given in inputs.items() if name not in links}, "links": links}

    def _link(self, place: tuple[str, ...], given: NodeHandle | Output, problems: Problems) -> str:
        node = given.node if isinstance(given, Output) else given
        if not self._owns(node):
            _note_foreign(problems, place, node)
        elif isinstance(given, NodeHandle):
            outputs = [f"{given}.{name}" for name in self.registry.node(self._draft.nodes[str(given)].type).outputs]
            if len(outputs) == 1:
                return outputs[0]
            message = f"{str(given)!r} has {len(outputs) or 'no'} outputs" + ("; pass one of them" if outputs else "")
            problems.add("bad_link", place, message, expected=listed(outputs), got=str(given))
        return str(given)


def _note_foreign(problems: Problems, place: tuple[str, ...], node: NodeHandle) -> None:
    message = f"{str(node)!r} is no node of this builder"
    problems.add("unknown_node", place, message, expected="a node that this builder added", got=str(node))


def _note_unregistered(problems: Problems, node_id: str, node_type: object, close: str | None) -> None:
    message = f"{show(node_type)} is no registered node type{meant(close)}; a plugin registers it by nodeflow_nodes"
    place = ("nodes", node_id, "type")
    problems.add("unknown_type", place, message, expected="a node type", got=node_type, nearest=close)


def _with_seeds(graph: Graph, registry: Registry) -> Graph:
    """The graph for the sake of its problems: a seed that is left open is none."""
    return open_seeds(graph, registry, draw=lambda _: 0)
