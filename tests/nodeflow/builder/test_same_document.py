"""For any graph: built in Python or written by hand, it is one document with one plan and the same problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import find, given
from hypothesis import strategies as st

from nodeflow.builder import Builder, NodeHandle
from nodeflow.graph import Graph, open_seeds, parse
from nodeflow.plan import compile as compile_graph
from nodeflow.problems import GraphError
from nodeflow.registry import Registry

SCALARS = {
    "int": st.integers(1, 5000),
    "float": st.floats(0, 100) | st.integers(0, 100),
    "str": st.sampled_from(["black", "blue"]),
    "json": st.none() | st.booleans() | st.lists(st.integers(), max_size=2),
}
MODES = st.sampled_from(["soft", "hard"])
TYPES = ("Blank", "Blur", "acme/VAEBlur", "Split", "Divide", "Add", "Draw", "Data", "Stop")
LATE = ("id", "radius", "b")
"""Inputs that are given by `set`: one that `add` takes for something else, and two for the sake of it."""

ANYTHING = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(["soft", "blue", "", "x"])
)


def literal(draw: Callable[..., Any], type_name: str, name: str, wire: str) -> Any:
    """A value that fits, or `...` where none does."""
    if name == "mode":
        return draw(MODES)
    if wire == "list[int]":
        return draw(st.lists(st.integers(), min_size=2, max_size=2))
    return draw(SCALARS[wire]) if wire in SCALARS else ...


@st.composite
def documents(draw: Callable[..., Any], registry: Registry) -> dict[str, Any]:
    """A right graph, written by hand: each node is linked to nodes before it."""
    nodes: dict[str, Any] = {}
    outputs: list[tuple[str, str]] = [("", "")]
    for number in range(draw(st.integers(0, 8))):
        type_name = draw(st.sampled_from(TYPES))
        spec = registry.node(type_name)
        values: dict[str, Any] = {}
        links: dict[str, str] = {}
        for name, port in spec.inputs.items():
            fitting = [link for link, wire in outputs if link and port.takes(wire)]
            value = literal(draw, type_name, name, port.type)
            if fitting and draw(st.booleans()):
                links[name] = draw(st.sampled_from(fitting))
            elif value is not ... and (port.required or draw(st.booleans())):
                values[name] = value
        if any(port.required and port.name not in values and port.name not in links for port in spec.inputs.values()):
            continue
        node_id = f"n{number}"
        nodes[node_id] = {
            "type": type_name,
            **({"values": values} if values else {}),
            **({"links": links} if links else {}),
        }
        outputs += [(f"{node_id}.{name}", port.type) for name, port in spec.outputs.items()]
    return {"nodeflow": 1, "nodes": nodes}


def built(document: dict[str, Any], registry: Registry) -> Builder:
    """The same graph, built."""
    builder = Builder(registry)
    handles: dict[str, NodeHandle] = {}
    for node_id, node in document["nodes"].items():
        linked = {name: output(handles, link) for name, link in node.get("links", {}).items()}
        inputs = node.get("values", {}) | linked
        late = {name: inputs.pop(name) for name in LATE if name in inputs}
        handles[node_id] = builder.add(node["type"], id=node_id, **inputs)
        builder.set(handles[node_id], **late)
    return builder


def output(handles: dict[str, NodeHandle], link: str) -> Any:
    node_id, name = link.split(".")
    return getattr(handles[node_id], name)


@given(st.data())
def test_a_right_graph(registry: Registry, data: st.DataObject) -> None:
    document = data.draw(documents(registry))
    graph = built(document, registry).graph()
    assert json.dumps(graph.dump(), sort_keys=True) == json.dumps(document, sort_keys=True)
    assert parse(json.dumps(document)) == graph
    plans = [compile_graph(each, registry) for each in (graph, parse(document))]
    assert [step.key for step in plans[0].steps] == [step.key for step in plans[1].steps]


@given(st.data())
def test_a_wrong_node_has_the_problems_that_compiling_finds(registry: Registry, data: st.DataObject) -> None:
    """Whatever is given to one node more, the call says of it what `compile` says of the document, and when it does
    not, `graph` does."""
    document = data.draw(documents(registry))
    type_name = data.draw(st.sampled_from([*TYPES, "Nothing"]))
    known = registry.nodes[type_name].inputs if type_name in registry.nodes else ()
    names = st.sampled_from([*(name for name in known if name != "id"), "radios"])
    outputs = ports(document, registry)
    links = data.draw(st.dictionaries(names, st.sampled_from(outputs))) if outputs else {}
    values = data.draw(st.dictionaries(names.filter(lambda name: name not in links), ANYTHING, max_size=2))
    last = {"type": type_name, "values": values, "links": links}
    whole = {"nodeflow": 1, "nodes": {**document["nodes"], "last": last}}
    builder = built(document, registry)

    def call() -> None:
        linked = {name: output(builder._handles, link) for name, link in links.items()}
        builder.add(type_name, id="last", **values, **linked)
        builder.graph()

    assert told(call) == told(lambda: compile_graph(with_seeds(parse(whole), registry), registry))


def with_seeds(graph: Graph, registry: Registry) -> Graph:
    return open_seeds(graph, registry, draw=lambda _: 0)


def ports(document: dict[str, Any], registry: Registry) -> Sequence[str]:
    types = {node_id: node["type"] for node_id, node in document["nodes"].items()}
    return [f"{node_id}.{name}" for node_id, each in types.items() for name in registry.nodes[each].outputs]


def told(call: Callable[[], object]) -> set[tuple[str, str, str]]:
    """The problems that are raised; what is missing only where nothing else is wrong."""
    try:
        call()
    except GraphError as error:
        found = {(problem.code, problem.pointer, problem.message) for problem in error.problems}
        return {each for each in found if each[0] != "missing_input"} or found
    return set()


def test_the_graphs_are_of_some_size(registry: Registry) -> None:
    """The strategy does not by some mistake give empty graphs only."""
    found = find(documents(registry), lambda document: len(document["nodes"]) > 3)
    assert len(built(found, registry).graph().nodes) > 3
