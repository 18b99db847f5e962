"""Building: the document is the one a hand would write, and a mistake is told by the call that makes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import nodeflow
from nodeflow.builder import Builder
from nodeflow.graph import Graph, parse
from nodeflow.node import Node, node
from nodeflow.problems import GraphError, Problem
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


@node
def one() -> int: ...


def problems_of(call: Any, *arguments: Any, **inputs: Any) -> list[Problem]:
    with pytest.raises(GraphError) as caught:
        call(*arguments, **inputs)
    return list(caught.value.problems)


def places(problems: list[Problem]) -> dict[str, str]:
    """Code by pointer."""
    assert len({problem.pointer for problem in problems}) == len(problems)
    return {problem.pointer: problem.code for problem in problems}


def test_it_is_a_public_name() -> None:
    assert nodeflow.Builder is Builder
    assert "Builder" in nodeflow.__all__


def test_the_document_is_the_one_a_hand_writes(builder: Builder) -> None:
    blank = builder.add(builder.registry.node("Blank").node, width=64, color="blue")
    parts = builder.add("Split", image=blank, id="parts", title="Two halves")
    blurred = builder.add("acme/VAEBlur", image=parts.color, mask=parts.alpha, radius=3)
    builder.add("Blur", image=blurred, mask=None)
    builder.input("radius", blurred, "radius")
    document = {
        "nodeflow": 1,
        "nodes": {
            "blank": {"type": "Blank", "values": {"width": 64, "color": "blue"}},
            "parts": {"type": "Split", "links": {"image": "blank.image"}, "title": "Two halves"},
            "vae_blur": {
                "type": "acme/VAEBlur",
                "values": {"radius": 3},
                "links": {"image": "parts.color", "mask": "parts.alpha"},
            },
            "blur": {"type": "Blur", "values": {"mask": None}, "links": {"image": "vae_blur.image"}},
        },
        "inputs": {"radius": "vae_blur.radius"},
    }
    assert builder.graph().dump() == document
    assert builder.graph() == parse(json.dumps(document))
    assert json.dumps(builder.graph().dump()) == json.dumps(parse(document).dump()), "in the same order, too"


def test_an_empty_graph(builder: Builder) -> None:
    assert builder.graph() == Graph(nodeflow=1, nodes={})


def test_ids_are_made_of_names_and_numbered(builder: Builder) -> None:
    builder.add("Blank", id="blank_2")
    assert [str(builder.add("Blank")) for _ in range(3)] == ["blank", "blank_3", "blank_4"]
    with pytest.raises(GraphError):
        builder.add("Draw", seed=-1)
    assert str(builder.add("Draw")) == "draw", "a node that was refused takes no number"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("acme/VAEDecode", "vae_decode"), ("Größe", "gr_e"), ("Ж", "_"), ("Long" * 20, ("long_" * 20)[:56])],
)
def test_an_id_from_any_name(name: str, expected: str) -> None:
    registry = Registry()
    registry.add_node(NodeSpec.of(one, name=name))
    builder = Builder(registry)
    assert [str(builder.add(name)) for _ in range(2)] == [expected, f"{expected}_2"]
    assert parse(builder.graph().dump()) == builder.graph()


@pytest.mark.parametrize("bad", ["a b", "", "x" * 65, "é", "a.b"])
def test_an_id_that_is_none(builder: Builder, bad: str) -> None:
    assert places(problems_of(builder.add, "Blank", id=bad)) == {f"/nodes/{bad}": "bad_name"}
    assert builder.graph().nodes == {}


def test_an_id_that_is_taken(builder: Builder) -> None:
    builder.add("Blank", id="a")
    (problem,) = problems_of(builder.add, "Draw", id="a")
    assert (problem.code, problem.pointer) == ("duplicate_key", "/nodes/a")
    assert problem.message == "there is a node 'a' already, a Blank"


def test_a_title_that_is_none(builder: Builder) -> None:
    assert places(problems_of(builder.add, "Blank", title=7)) == {"/nodes/blank/title": "wrong_type"}


def test_a_type_that_is_not_there(builder: Builder) -> None:
    (problem,) = problems_of(builder.add, "Blurr", radius=1)
    assert (problem.code, problem.pointer, problem.nearest) == ("unknown_type", "/nodes/blurr/type", "Blur")
    assert places(problems_of(builder.add, "")) == {"/nodes/node/type": "wrong_type"}


def test_a_class_that_nobody_registered(builder: Builder) -> None:
    class Blurr(Node):
        def run(self, ctx: Any) -> int: ...

    (problem,) = problems_of(builder.add, Blurr)
    assert (problem.code, problem.pointer, problem.nearest) == ("unknown_type", "/nodes/blurr/type", "Blur")
    assert "is no registered node type; did you mean 'Blur'?" in problem.message
    assert places(problems_of(builder.add, 3)) == {"/nodes/node/type": "unknown_type"}


WRONG = [
    ("Blank", {"widht": 3}, "values/widht", "unknown_input", "width"),
    ("Blank", {"width": "3"}, "values/width", "wrong_type", None),
    ("Blank", {"width": 3.0}, "values/width", "wrong_type", None),
    ("Blank", {"width": True}, "values/width", "wrong_type", None),
    ("Blank", {"width": 0}, "values/width", "out_of_range", None),
    ("Blank", {"color": "blu"}, "values/color", "unknown_choice", "blue"),
    ("Blur", {"mode": "sofd"}, "values/mode", "unknown_choice", "soft"),
    ("Blur", {"image": "blank"}, "values/image", "wrong_type", None),
    ("Blur", {"radius": None}, "values/radius", "wrong_type", None),
    ("Load", {"file": "cat.safetensor"}, "values/file", "unknown_choice", "cat.safetensors"),
    ("Data", {"sizes": [1]}, "values/sizes", "wrong_type", None),
]


@pytest.mark.parametrize(("type_name", "inputs", "where", "code", "nearest"), WRONG)
def test_a_value_that_does_not_fit(
    builder: Builder, type_name: str, inputs: Any, where: str, code: str, nearest: str | None
) -> None:
    (problem,) = problems_of(builder.add, type_name, id="n", **inputs)
    assert (problem.code, problem.pointer, problem.nearest) == (code, f"/nodes/n/{where}", nearest)
    assert builder.graph().nodes == {}, "what was refused leaves nothing"


def test_every_problem_of_a_call_at_once(builder: Builder) -> None:
    number = builder.add("Draw", id="number")
    problems = problems_of(
        builder.add, "Blur", id="b", image=number, mask=number.integer, radius=-1, mod="x", maks=number
    )
    assert places(problems) == {
        "/nodes/b/values/radius": "out_of_range",
        "/nodes/b/values/mod": "unknown_input",
        "/nodes/b/links/image": "type_mismatch",
        "/nodes/b/links/mask": "type_mismatch",
        "/nodes/b/links/maks": "unknown_input",
    }


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", 1 + 2j, [{"a": {3}}], {1: 2}, float("nan"), "\ud800"])
def test_what_json_has_no_word_for(builder: Builder, value: Any) -> None:
    (problem,) = problems_of(builder.add, "Data", value=value)
    assert problem.code in ("not_json", "not_finite")
    assert problem.pointer.startswith("/nodes/data/values/value")


def test_a_node_stands_for_its_one_output(builder: Builder) -> None:
    blank, stop = builder.add("Blank"), builder.add("Stop", number=1)
    parts = builder.add("Split", image=blank)
    (several,) = problems_of(builder.add, "Blur", id="b", image=parts)
    assert (several.code, several.pointer) == ("bad_link", "/nodes/b/links/image")
    assert several.message == "'split' has 2 outputs; pass one of them"
    assert several.expected == "split.color, split.alpha"
    (none,) = problems_of(builder.add, "Blur", id="b", image=stop)
    assert none.message == "'stop' has no outputs"


def test_a_node_of_another_builder_is_refused(builder: Builder, registry: Registry) -> None:
    other = Builder(registry)
    theirs = other.add("Blank")
    builder.add("Blank")
    for given in (theirs, theirs.image):
        (problem,) = problems_of(builder.add, "Blur", id="b", image=given)
        assert (problem.code, problem.pointer) == ("unknown_node", "/nodes/b/links/image")
    assert places(problems_of(builder.set, theirs, width=3)) == {"/nodes/blank": "unknown_node"}
    assert places(problems_of(builder.input, "w", theirs, "width")) == {"/nodes/blank": "unknown_node"}


def test_what_is_missing_is_told_when_the_graph_is_asked_for(builder: Builder) -> None:
    blur, number = builder.add("Blur", radius=1), builder.add("Add", a=1)
    builder.add("Load")
    assert places(problems_of(builder.graph)) == {
        "/nodes/blur/links/image": "missing_input",
        "/nodes/load/values/file": "missing_input",
    }
    with pytest.raises(GraphError):
        builder.set(blur, image=number)


def test_inputs_can_be_given_later_and_changed(builder: Builder) -> None:
    blur = builder.add("Blur", title="Soft", radius=1)
    builder.set(blur, image=builder.add("Blank"), radius=2)
    first = builder.graph()
    builder.set(blur, radius=builder.add("Add", a=1))
    assert first.nodes["blur"].dump() == {
        "type": "Blur",
        "values": {"radius": 2},
        "links": {"image": "blank.image"},
        "title": "Soft",
    }
    assert builder.graph().nodes["blur"].links == {"image": "blank.image", "radius": "add.number"}
    assert builder.graph().nodes["blur"].values == {}
    assert places(problems_of(builder.set, blur, radius=-1)) == {"/nodes/blur/values/radius": "out_of_range"}
    assert builder.graph().nodes["blur"].links["radius"] == "add.number", "what was refused changes nothing"


def test_an_input_called_as_the_parameters_of_add(builder: Builder) -> None:
    data = builder.add("Data", id="d")
    builder.set(data, id="x")
    assert builder.graph().nodes["d"].values == {"id": "x"}


def test_a_cycle_is_told_when_the_graph_is_asked_for(builder: Builder) -> None:
    first = builder.add("Add")
    second = builder.add("Add", a=first)
    builder.set(first, a=second)
    (problem,) = problems_of(builder.graph)
    assert (problem.code, problem.message) == ("cycle", "2 nodes wait for each other: add <- add_2 <- add")


def test_a_seed_may_be_left_open(builder: Builder) -> None:
    builder.add("Draw", seed=None)
    assert builder.graph().nodes["draw"].values == {"seed": None}


def test_what_a_caller_may_set(builder: Builder) -> None:
    blur = builder.add("Blur", image=builder.add("Blank"))
    builder.input("soft", blur, "radius")
    assert builder.graph().with_inputs({"soft": 4}).nodes["blur"].values == {"radius": 4}
    assert places(problems_of(builder.input, "soft", blur, "mode")) == {"/inputs/soft": "duplicate_key"}
    assert places(problems_of(builder.input, "a b", blur, "mode")) == {"/inputs/a b": "bad_name"}
    (problem,) = problems_of(builder.input, "mode", blur, "mdoe")
    assert (problem.code, problem.pointer, problem.nearest) == ("bad_input", "/inputs/mode", "mode")
    assert "is linked" in problems_of(builder.input, "image", blur, "image")[0].message
    assert "takes a link" in problems_of(builder.input, "mask", blur, "mask")[0].message
    assert builder.graph().inputs == {"soft": "blur.radius"}
    builder.set(blur, radius=builder.add("Draw"))
    assert places(problems_of(builder.graph)) == {"/inputs/soft": "bad_input"}


def test_a_graph_is_not_touched_by_what_is_added_later(builder: Builder) -> None:
    things = [1, {"a": 2}]
    data = builder.add("Data", value=things)
    builder.input("id", data, "id")
    graph, written = builder.graph(), builder.graph().dump()
    things.append(3)
    builder.add("Blank")
    builder.input("value", data, "value")
    assert graph.dump() == written
    assert builder.graph().nodes["data"] == graph.nodes["data"]


def test_a_file_that_comes_later_is_found(builder: Builder) -> None:
    with pytest.raises(GraphError):
        builder.add("Load", file="dog.safetensors")
    (builder.folders.path("pictures", "cat.safetensors").parent / "dog.safetensors").write_bytes(b"dog")
    builder.add("Load", file="dog.safetensors")
    assert builder.graph().nodes["load"].values == {"file": "dog.safetensors"}
