"""Checking graphs, and getting them ready to run: inputs put in, seeds drawn, every problem found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nodeflow.api.problem import Flaw, Part
from nodeflow.catalogue import Catalogue
from nodeflow.graph import Graph, open_seeds, parse, split_port
from nodeflow.plan import examine
from nodeflow.problems import GraphError, Problem, pointer
from nodeflow.server.problems import graph_refusal


class Prepared(NamedTuple):
    """A graph as it shall run, and what was changed in nodes that were saved with older versions of their types."""

    graph: Graph
    notes: tuple[Problem, ...]


def read(document: Mapping[str, Any]) -> Graph:
    """The graph that a client sent as `graph`; raises Refusal."""
    try:
        return parse(document)
    except GraphError as error:
        raise graph_refusal(error) from None


def prepared(
    catalogue: Catalogue, graph: Graph, inputs: Mapping[str, Any], targets: Sequence[str] | None, part: Part = "body"
) -> Prepared:
    """The graph as it shall run: sound, up to date, inputs put in, open seeds drawn.

    Raises Refusal with every problem. No file is read for it: a worker keys the graph, when its turn has come. `part`
    says where the graph is from.
    """
    below = "/graph" if part == "body" else ""
    graph, notes = catalogue.upgrade(graph)
    try:
        given = graph.with_inputs(inputs)
    except GraphError as error:
        # The pointers lead into {"inputs": ...}, which is how they stand in the request.
        raise graph_refusal(error, below="") from None
    ready = open_seeds(given, catalogue.registry)
    try:
        examine(ready, catalogue.registry, folders=catalogue.folders, targets=targets)
    except GraphError as error:
        refusal = graph_refusal(error, part=part, below=below)
        refusal.flaws = tuple(_as_input(flaw, _places(graph, inputs, below)) for flaw in refusal.flaws)
        raise refusal from None
    return Prepared(ready, notes)


def _places(graph: Graph, inputs: Mapping[str, Any], below: str) -> dict[str, str]:
    """Where in the graph the inputs were put, and where they stand in the request."""
    found = {}
    for name in inputs:
        port = split_port(graph.inputs[name])
        assert port is not None, "the graph has taken this input"
        found[below + pointer("nodes", port[0], "values", port[1])] = pointer("inputs", name)
    return found


def _as_input(flaw: Flaw, places: Mapping[str, str]) -> Flaw:
    """A flaw of a value that was given as an input points to where it was given."""
    if flaw.pointer not in places:
        return flaw
    return flaw.model_copy(update={"part": "body", "pointer": places[flaw.pointer]})
