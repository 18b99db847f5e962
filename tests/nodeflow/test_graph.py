"""The document: strict in, minimal out, nothing lost between."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.graph import Graph, GraphNode, graph_schema, parse, split_port
from nodeflow.problems import GraphError

EXAMPLE: dict[str, Any] = {
    "nodeflow": 1,
    "nodes": {
        "loader": {"type": "LoadCheckpoint", "values": {"checkpoint": "a.safetensors"}},
        "prompt": {"type": "TextEncode", "values": {"text": "a red circle"}, "links": {"encoder": "loader.encoder"}},
    },
    "inputs": {"prompt": "prompt.text"},
    "layout": {"loader": [40, 80]},
}

NAMES = st.from_regex(r"\A[A-Za-z0-9_-]{1,8}\Z")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NODES = st.builds(
    GraphNode,
    type=st.text(min_size=1, max_size=20),
    version=st.none() | st.integers(1, 9),
    values=st.dictionaries(st.text(), JSON, max_size=3),
    links=st.dictionaries(st.text(), st.text(), max_size=3),
    title=st.none() | st.text(max_size=9),
)
GRAPHS = st.builds(
    Graph,
    nodeflow=st.just(1),
    nodes=st.dictionaries(NAMES, NODES, max_size=4),
    inputs=st.dictionaries(NAMES, st.text(), max_size=2),
    layout=JSON,
    meta=st.dictionaries(st.text(), JSON, max_size=2),
)


def problems_of(source: Any) -> dict[str, str]:
    """Code by pointer."""
    with pytest.raises(GraphError) as caught:
        parse(source)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def example(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(EXAMPLE), **changes}


def test_text_bytes_and_dict_are_the_same_graph() -> None:
    text = json.dumps(EXAMPLE)
    assert parse(text) == parse(text.encode()) == parse(EXAMPLE)
    assert parse(EXAMPLE).dump() == EXAMPLE


@given(GRAPHS)
def test_what_is_written_is_read(graph: Graph) -> None:
    written = graph.dump()
    assert parse(written) == graph
    assert parse(json.dumps(written)) == graph
    assert parse(written).dump() == written
    assert list(written) == [name for name in Graph.model_fields if name in written]


def test_the_minimal_document() -> None:
    assert parse({"nodeflow": 1, "nodes": {"a": {"type": "T", "values": {}, "links": {}}}, "meta": {}}).dump() == {
        "nodeflow": 1,
        "nodes": {"a": {"type": "T"}},
    }


def test_what_is_dumped_is_nobody_elses() -> None:
    graph = parse(example(layout={"loader": [1]}))
    graph.dump()["layout"]["loader"].append(2)
    graph.dump()["nodes"]["prompt"]["values"].clear()
    assert graph == parse(example(layout={"loader": [1]}))


@pytest.mark.parametrize("version", [2, 0, True, 1.0, "1", None, [1]])
def test_another_format(version: Any) -> None:
    assert problems_of(example(nodeflow=version)) == {"/nodeflow": "version"}


def test_no_format() -> None:
    assert problems_of({"nodes": {}}) == {"/nodeflow": "version"}
    assert problems_of("[]") == {"": "wrong_type"}


def test_every_problem_of_shape_at_once() -> None:
    found = problems_of({
        "nodeflow": 1,
        "node": {},
        "nodes": {
            "bad id": {"type": "T"},
            "é": {"type": "T"},
            "a": {"typ": "T", "links": {"x": 1}, "values": []},
            "b": {"type": "T", "version": "1", "title": 7},
            "c": None,
            "x" * 65: {"type": "T"},
        },
        "inputs": {"a b": "a.x", "n": 3},
        "meta": [],
    })  # fmt: skip
    assert found == {
        "/node": "unknown_field",
        "/nodes/bad id": "bad_name",
        "/nodes/é": "bad_name",
        "/nodes/a/type": "missing_field",
        "/nodes/a/typ": "unknown_field",
        "/nodes/a/links/x": "wrong_type",
        "/nodes/a/values": "wrong_type",
        "/nodes/b/version": "wrong_type",
        "/nodes/b/title": "wrong_type",
        "/nodes/c": "wrong_type",
        f"/nodes/{'x' * 65}": "bad_name",
        "/inputs/a b": "bad_name",
        "/inputs/n": "wrong_type",
        "/meta": "wrong_type",
    }


def test_a_misspelt_field_gets_its_name() -> None:
    with pytest.raises(GraphError, match="did you mean 'values'"):
        parse(example(nodes={"a": {"type": "T", "valeus": {}}}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"nodeflow": 1, "nodes": {"a": {"type": "T"}, "a": {"type": "U"}}}', {"/nodes/a": "duplicate_key"}),
        ('{"nodeflow": 1, "nodes": {"a": {"type": "T", "values": {"x": NaN}}}}', {"/nodes/a/values/x": "not_finite"}),
        ('{"nodeflow": 1,', {"": "not_json"}),
    ],
)
def test_text_with_two_meanings(text: str, found: dict[str, str]) -> None:
    assert problems_of(text) == found


def test_too_many_nodes() -> None:
    nodes = {str(number): {"type": "T"} for number in range(100_001)}
    assert problems_of({"nodeflow": 1, "nodes": nodes}) == {"/nodes": "too_large"}


def test_a_caller_sets_inputs() -> None:
    graph = parse(EXAMPLE)
    changed = graph.with_inputs({"prompt": "a blue square"})
    assert changed.nodes["prompt"].values == {"text": "a blue square"}
    assert graph == parse(EXAMPLE), "the graph itself stays as it was"
    assert changed.nodes["loader"] is graph.nodes["loader"]


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"promt": "x", "prompt": "y"}, ("bad_input", "/inputs/promt", "prompt")),
        ({"prompt": float("nan")}, ("not_finite", "/inputs/prompt", None)),
        ({"prompt": (1,)}, ("not_json", "/inputs/prompt", None)),
    ],
)
def test_a_caller_sets_what_is_none(inputs: dict[str, Any], found: tuple[str, str, str | None]) -> None:
    with pytest.raises(GraphError) as caught:
        parse(EXAMPLE).with_inputs(inputs)
    assert [(p.code, p.pointer, p.nearest) for p in caught.value.problems] == [found]


@pytest.mark.parametrize("target", ["text", "gone.text", "prompt.", ".text", "a b.text"])
def test_an_input_that_leads_nowhere(target: str) -> None:
    with pytest.raises(GraphError, match="which is no input of a node"):
        parse(example(inputs={"prompt": target})).with_inputs({"prompt": "x"})


def test_a_port_is_a_node_and_a_name() -> None:
    assert split_port("a.b") == ("a", "b")
    assert split_port("a.b.c") == ("a", "b.c")
    assert split_port("a") is None


def test_the_schema_describes_the_document() -> None:
    schema = graph_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == {"nodeflow", "nodes", "inputs", "layout", "meta"}
    assert schema["required"] == ["nodeflow", "nodes"]
    assert schema["properties"]["nodeflow"]["const"] == 1
    assert schema["additionalProperties"] is False
    node = schema["$defs"]["GraphNode"]
    assert set(node["properties"]) == {"type", "version", "values", "links", "title"}
    json.dumps(schema)


def test_the_page_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "graph-format.md").read_text()
    for name in [*Graph.model_fields, *GraphNode.model_fields]:
        assert re.search(rf"`{name}`", page), f"docs/graph-format.md says nothing of {name!r}"
