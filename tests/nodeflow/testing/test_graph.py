"""Running a graph by one call, everything anew."""

import json
from pathlib import Path

import pytest

from nodeflow.executor import NodeFailed
from nodeflow.graph import parse
from nodeflow.problems import GraphError
from nodeflow.testing import run_graph

SUM = {
    "nodeflow": 1,
    "nodes": {
        "seed": {"type": "Seed", "values": {"value": None}},
        "sum": {"type": "IntegerMath", "values": {"b": 2}, "links": {"a": "seed.seed"}},
    },
    "inputs": {"b": "sum.b"},
}


def test_a_document_a_graph_and_a_file_are_run(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(json.dumps(SUM))
    for graph in (SUM, parse(SUM), tmp_path / "graph.json"):
        assert run_graph(graph)["sum"] == 2
        assert run_graph(graph, inputs={"b": 5}, targets=["sum"])["sum"] == 5


def test_nothing_is_kept_from_the_run_before() -> None:
    assert {step.state for step in run_graph(SUM).steps.values()} == {"done"}
    assert {step.state for step in run_graph(SUM).steps.values()} == {"done"}


def test_what_is_wrong_is_raised() -> None:
    with pytest.raises(GraphError, match="the graph has no input 'c'"):
        run_graph(SUM, inputs={"c": 1})
    nodes = {"a": {"type": "IntegerMath", "values": {"a": 1, "b": 0, "operation": "floor_divide"}}}
    with pytest.raises(NodeFailed, match="'a' \\(IntegerMath\\)"):
        run_graph({"nodeflow": 1, "nodes": nodes})
