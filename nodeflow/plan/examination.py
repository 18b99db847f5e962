"""Whether a graph is sound: every problem of its nodes, links and inputs in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nodeflow.folders import Folders
from nodeflow.graph import Graph
from nodeflow.plan.check import Checked, Checker
from nodeflow.plan.order import cycles, reach
from nodeflow.plan.upgrade import upgrade
from nodeflow.problems import Problem, Problems, meant
from nodeflow.registry import Registry

NAMED = 50
"""Nodes of a cycle that a message names."""


class Sound(NamedTuple):
    """A graph without problems: its nodes, checked, and which of them each one needs, both in document order.

    `checker.graph` is the graph with its old nodes upgraded. `warnings` tell of those, and of nodes of other versions.
    """

    checker: Checker
    nodes: Mapping[str, Checked]
    needs: Mapping[str, Sequence[str]]
    warnings: tuple[Problem, ...] = ()


def examine(
    graph: Graph, registry: Registry, *, folders: Folders | None = None, targets: Sequence[str] | None = None
) -> Sound:
    """The graph, found right; raises `GraphError` with every problem there is. Nothing is keyed, so no file is read.

    With targets only they and what they need are looked at.
    """
    problems = Problems()
    graph, notes = upgrade(graph, registry)
    checker = Checker(graph, registry, folders or Folders(), problems)
    scope = _scope(graph, targets, problems)
    checked = {node_id: checker.node(node_id, graph.nodes[node_id]) for node_id in scope}
    checker.inputs(scope)
    needs = {node_id: _parents(node) for node_id, node in checked.items()}
    _check_cycles(needs, problems)
    within = set(scope)
    warnings = tuple(each for each in (*notes, *checker.marks) if each.pointer.split("/")[2] in within)
    _refuse(problems, warnings)
    found = {node_id: node for node_id, node in checked.items() if node is not None}
    return Sound(checker, found, needs, warnings)


def _refuse(problems: Problems, warnings: Iterable[Problem]) -> None:
    """Raise `GraphError` when there is any problem. What is told of a node's version may be why it has others."""
    troubled = {problem.pointer.split("/")[2] for problem in problems if problem.pointer.startswith("/nodes/")}
    problems.include(warning for warning in warnings if warning.pointer.split("/")[2] in troubled)
    problems.refuse()


def _scope(graph: Graph, targets: Sequence[str] | None, problems: Problems) -> Sequence[str]:
    """The nodes to check, in document order."""
    if targets is None:
        return list(graph.nodes)
    for place, target in enumerate(targets):
        if target not in graph.nodes:
            close = problems.nearest(target, graph.nodes)
            message = f"there is no node {target!r} to run{meant(close)}"
            # A target is the caller's, not the document's: the pointer leads into {"targets": [...]}.
            problems.add("unknown_target", ("targets", place), message, expected="a node", got=target, nearest=close)
    links = {node_id: [link.partition(".")[0] for link in node.links.values()] for node_id, node in graph.nodes.items()}
    reached = reach(links, targets)
    return [node_id for node_id in graph.nodes if node_id in reached]


def _parents(node: Checked | None) -> list[str]:
    return [] if node is None else list(dict.fromkeys(parent for parent, _ in node.links.values()))


def _check_cycles(needs: Mapping[str, Iterable[str]], problems: Problems) -> None:
    for cycle in cycles(needs):
        names = " <- ".join([*cycle[:NAMED], "..." if len(cycle) > NAMED else cycle[0]])
        message = (
            f"{len(cycle)} nodes wait for each other: {names}" if len(cycle) > 1 else f"a node feeds itself: {names}"
        )
        problems.add("cycle", ("nodes", cycle[0]), message, expected="no cycle", got=cycle)
