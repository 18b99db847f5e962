"""Nodes that were saved with an older version of their type, brought up to date by the migrations of its plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nodeflow import json_document
from nodeflow.errors import told
from nodeflow.graph import Graph, GraphNode, split_port
from nodeflow.migration import Migration, OldNode, changes, draft
from nodeflow.problems import Problem, Problems, pointer
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


class Upgraded(NamedTuple):
    """A graph whose old nodes were brought up to date, and what was changed; the graph itself where nothing was."""

    graph: Graph
    notes: tuple[Problem, ...]


def upgrade(graph: Graph, registry: Registry) -> Upgraded:
    """Bring every node up to date that says it was made with an older version, if migrations lead to the installed one.

    Links and `inputs` follow what was renamed. A node without such migrations stays as it is, and so does one whose
    migration fails, which is noted; checking marks both.
    """
    nodes: dict[str, GraphNode] = {}
    drafts: dict[str, OldNode] = {}
    notes: list[Problem] = []
    for node_id, node in graph.nodes.items():
        spec = registry.nodes.get(node.type)
        if spec is None or not (steps := _steps(node, spec, registry)):
            continue
        try:
            drafts[node_id], nodes[node_id] = _migrated(node, spec, steps)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (it is a plugin's; its failure costs the upgrade, not the graph)
            notes.append(_note(node_id, "version", f"{_head(node_id, node, spec)} failed: {told(error)}"))
        else:
            said = "; ".join(changes(draft(node.values, node.links), drafts[node_id])) or "nothing in it had to change"
            notes.append(_note(node_id, "migrated", f"{_head(node_id, node, spec)}: {said}"))
    return Upgraded(_followed(graph, nodes, drafts) if nodes else graph, tuple(notes))


def _steps(node: GraphNode, spec: NodeSpec, registry: Registry) -> Sequence[Migration]:
    """The migrations from a node's version to the installed one; none unless they lead all the way."""
    if node.version is None:
        return ()
    found = [registry.migration(spec.name, version) for version in range(node.version, spec.version)]
    return [step for step in found if step is not None] if None not in found else ()


def _migrated(node: GraphNode, spec: NodeSpec, steps: Sequence[Migration]) -> tuple[OldNode, GraphNode]:
    old = draft(node.values, node.links)
    for step in steps:
        step.change(old)
    problems = Problems()
    json_document.check(old.values, problems)
    problems.refuse()
    changed = {"version": spec.version, "values": old.values, "links": old.links}
    return old, GraphNode.model_validate({**node.dump(), **changed})


def _followed(graph: Graph, nodes: Mapping[str, GraphNode], drafts: Mapping[str, OldNode]) -> Graph:
    """The graph with those nodes in it, and with links and inputs by their new names."""
    renamed = [(node_id, *names) for node_id, each in drafts.items() for names in each.outputs.items()]
    outputs = {f"{node_id}.{old}": f"{node_id}.{new}" for node_id, old, new in renamed}
    found = {node_id: _linked(nodes.get(node_id, node), outputs) for node_id, node in graph.nodes.items()}
    inputs = {name: _input(place, drafts) for name, place in graph.inputs.items()}
    return graph.model_copy(update={"nodes": found, "inputs": inputs})


def _linked(node: GraphNode, outputs: Mapping[str, str]) -> GraphNode:
    if outputs.keys().isdisjoint(node.links.values()):
        return node
    return node.model_copy(update={"links": {name: outputs.get(link, link) for name, link in node.links.items()}})


def _input(place: str, drafts: Mapping[str, OldNode]) -> str:
    port = split_port(place)
    if port is None or port[0] not in drafts:
        return place
    node_id, name = port
    return f"{node_id}.{drafts[node_id].inputs.get(name, name)}"


def _head(node_id: str, node: GraphNode, spec: NodeSpec) -> str:
    return f"{node_id!r}: the upgrade of {spec.name} from version {node.version} to {spec.version}"


def _note(node_id: str, code: str, message: str) -> Problem:
    return Problem(code, pointer("nodes", node_id, "version"), message)
