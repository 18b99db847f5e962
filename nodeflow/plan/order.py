"""The order of steps: dependencies first, one branch after the other; and the cycles that forbid any order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx

Needs = Mapping[str, Iterable[str]]
"""By node id, the ids of the nodes it is linked to."""


def reach(needs: Needs, targets: Iterable[str]) -> set[str]:
    """The targets and everything they need, as far as `needs` knows it."""
    found = set(targets)
    stack = list(found)
    while stack:
        new = [parent for parent in needs.get(stack.pop(), ()) if parent not in found]
        found.update(new)
        stack.extend(new)
    return found


def order(needs: Needs, targets: Iterable[str]) -> list[str]:
    """The targets and what they need, each node after what it needs; there must be no cycle.

    Depth first from the targets, so a branch is finished before the next one begins and its intermediate results can
    be let go: the order that keeps the fewest in memory. The same document gives the same order.
    """
    root = object()
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_node(root)
    graph.add_edges_from((root, target) for target in targets)
    graph.add_edges_from((node, parent) for node, parents in needs.items() for parent in parents)
    return [node for node in nx.dfs_postorder_nodes(graph, root) if node is not root]


def cycles(needs: Needs) -> list[list[str]]:
    """A shortest cycle through the first node of each knot of nodes that wait for each other, in document order."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((node, parent) for node, parents in needs.items() for parent in parents if parent in needs)
    position = {node: number for number, node in enumerate(needs)}
    found = []
    for knot in nx.strongly_connected_components(graph):
        first = min(knot, key=position.__getitem__)
        if len(knot) > 1 or graph.has_edge(first, first):
            found.append(_way_back(graph, first, knot))
    return sorted(found, key=lambda cycle: position[cycle[0]])


def _way_back(graph: nx.DiGraph[str], start: str, knot: set[str]) -> list[str]:
    """The shortest way from a node to itself inside its knot, by breadth-first search."""
    before: dict[str, str] = {}
    queue = deque([start])
    while start not in before:
        node = queue.popleft()
        for parent in graph[node]:
            if parent in knot and parent not in before:
                before[parent] = node
                queue.append(parent)
    way = [before[start]]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
