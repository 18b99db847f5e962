"""Checking: every problem at once, each where it is, with what would be right."""

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import Field, JsonValue

from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.node import Node, node
from nodeflow.plan import Plan
from nodeflow.plan import compile as compile_graph
from nodeflow.problems import GraphError, Problem
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.store import Store
from nodeflow.types import Image, Mask
from nodeflow.widgets import Choices, FileChoice, Lazy


@node
def load(file: Annotated[str, FileChoice("pictures")]) -> Image: ...


@node
def blank(width: Annotated[int, Field(ge=1, le=8192)] = 512, color: str = "black") -> Image: ...


@node
def blur(
    image: Image, radius: Annotated[float, Field(ge=0, le=100)] = 2.0, mask: Mask | None = None, wrap: bool = False
) -> Image: ...


@node
def sample(
    image: Image, sampler: Annotated[str, Choices("samplers")] = "euler", mode: Literal["a", "b"] = "a"
) -> Image: ...


class Parts(NamedTuple):
    color: Image
    alpha: Mask | None


@node
def split(image: Image) -> Parts: ...


@node
def number(value: int = 0) -> int: ...


@node
def data(value: JsonValue = None, things: list[int] | None = None) -> Any: ...


@node(needs=lambda *_: ("yes", "no"))
def select(which: bool, yes: Annotated[Image, Lazy()], no: Annotated[Image, Lazy()]) -> Image: ...


@node
def use(mask: Mask) -> str: ...


@node
def anything(value: Any) -> Any: ...


@node
def pictures(images: list[Image]) -> list[Image]: ...


class Save(Node):
    """Keeps a picture."""

    output = True
    version = 3
    image: Image

    def run(self, ctx: Any) -> None: ...


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    types = (load, blank, blur, sample, split, number, data, select, use, anything, pictures, Save)
    registry.add_nodes(NodeSpec.of(each) for each in types)
    registry.add_choices("samplers", {"euler": 1, "heun": 2}, "test")
    return registry


@node
def mix(modes: Annotated[list[str], Choices("modes")] = ("soft", "sofd")) -> str: ...  # type: ignore[assignment]


def test_a_default_that_nobody_brings_is_a_problem_where_it_is_left(registry: Registry, folders: Folders) -> None:
    registry.add_node(NodeSpec.of(mix))
    registry.add_choices("modes", {"soft": 1}, "test")
    nodes: dict[str, Any] = {"a": {"type": "Mix"}, "b": {"type": "Mix", "values": {"modes": ["soft"]}}}
    with pytest.raises(GraphError) as error:
        compile_graph(parse({"nodeflow": 1, "nodes": nodes}), registry, folders=folders, environment={})
    (problem,) = error.value.problems
    assert (problem.code, problem.pointer, problem.nearest) == ("unknown_choice", "/nodes/a/values/modes", "soft")
    assert problem.message.startswith('Mix.modes, left at its default: expected one of modes: soft, got "sofd"')


@pytest.mark.parametrize(
    ("node_type", "nearest", "said"),
    [
        ("acme/Blur", None, "there is no node type 'acme/Blur'; no plugin 'acme' is loaded: `nodeflow plugins` lists"),
        ("flim/Grain", "film/Grain", "there is no node type 'flim/Grain'; did you mean 'film/Grain'?"),
        ("film/Gain", "film/Grain", "there is no node type 'film/Gain'; did you mean 'film/Grain'?"),
        ("Blurr", "Blur", "there is no node type 'Blurr'; did you mean 'Blur'?"),
    ],
)
def test_a_node_type_of_a_plugin_that_is_not_there_names_the_plugin(
    registry: Registry, folders: Folders, node_type: str, nearest: str | None, said: str
) -> None:
    registry.add_code("film", "1")
    registry.add_node(NodeSpec.of(blur, name="film/Grain", owner="film"))
    graph = parse({"nodeflow": 1, "nodes": {"a": {"type": node_type}}})
    with pytest.raises(GraphError) as error:
        compile_graph(graph, registry, folders=folders, environment={})
    (problem,) = error.value.problems
    assert (problem.code, problem.nearest) == ("unknown_type", nearest)
    assert said in problem.message
    assert ("no plugin" in problem.message) == ("no plugin" in said)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cat.safetensors").write_bytes(b"cat")
    return Folders((ModelFolder("pictures", tmp_path / "pictures"),), store=Store(tmp_path / "store"))


class Check:
    """Compiles documents and lists their problems."""

    def __init__(self, registry: Registry, folders: Folders) -> None:
        self.registry, self.folders = registry, folders

    def plan(self, nodes: Mapping[str, Any], targets: Sequence[str] | None = None, **document: Any) -> Plan:
        graph = parse({"nodeflow": 1, "nodes": nodes, **document})
        return compile_graph(graph, self.registry, folders=self.folders, targets=targets)

    def problems(
        self, nodes: Mapping[str, Any], targets: Sequence[str] | None = None, **document: Any
    ) -> list[Problem]:
        with pytest.raises(GraphError) as caught:
            self.plan(nodes, targets, **document)
        return list(caught.value.problems)

    def codes(self, nodes: Mapping[str, Any], targets: Sequence[str] | None = None, **document: Any) -> dict[str, str]:
        return {problem.pointer: problem.code for problem in self.problems(nodes, targets, **document)}


@pytest.fixture
def check(registry: Registry, folders: Folders) -> Check:
    return Check(registry, folders)


BLANK = {"type": "Blank"}


def one(type_name: str, **values: Any) -> dict[str, Any]:
    return {"n": {"type": type_name, "values": values}}


def test_every_problem_in_one_pass(check: Check) -> None:
    nodes = {
        "typo": {"type": "Blurr"},
        "blank": {"type": "Blank", "values": {"width": 0, "colour": "red"}},
        "blur": {
            "type": "Blur",
            "values": {"radius": "2"},
            "links": {"image": "blnk.image", "mask": "blank.image", "picture": "blank.image"},
        },
        "sample": {"type": "Sample", "values": {"sampler": "eular", "mode": "c"}, "links": {"image": "blank.imag"}},
        "save": {"type": "Save", "version": 2, "links": {"image": "blank"}},
        "bare": {"type": "Use"},
    }
    problems = check.problems(nodes, inputs={"a": "blank.witdh", "b": "gone.x", "c": "blur.image", "d": "nothing"})
    assert {problem.pointer: problem.code for problem in problems} == {
        "/nodes/typo/type": "unknown_type",
        "/nodes/blank/values/width": "out_of_range",
        "/nodes/blank/values/colour": "unknown_input",
        "/nodes/blur/values/radius": "wrong_type",
        "/nodes/blur/links/image": "unknown_node",
        "/nodes/blur/links/mask": "type_mismatch",
        "/nodes/blur/links/picture": "unknown_input",
        "/nodes/sample/values/sampler": "unknown_choice",
        "/nodes/sample/values/mode": "unknown_choice",
        "/nodes/sample/links/image": "unknown_output",
        "/nodes/save/version": "version",
        "/nodes/save/links/image": "bad_link",
        "/nodes/bare/links/mask": "missing_input",
        "/inputs/a": "bad_input",
        "/inputs/b": "bad_input",
        "/inputs/c": "bad_input",
        "/inputs/d": "bad_input",
    }
    nearest = {problem.pointer: problem.nearest for problem in problems}
    assert nearest["/nodes/typo/type"] == "Blur"
    assert nearest["/nodes/blank/values/colour"] == "color"
    assert nearest["/nodes/blur/links/image"] == "blank"
    assert nearest["/nodes/sample/values/sampler"] == "euler"
    assert nearest["/nodes/sample/links/image"] == "image"
    assert nearest["/inputs/a"] == "width"
    for problem in problems:
        assert problem.message
        assert problem.expected


@pytest.mark.parametrize(
    ("nodes", "pointer", "code", "expected", "got"),
    [
        (one("Blank", width=9000), "/nodes/n/values/width", "out_of_range", "8192", "9000"),
        (one("Blank", width="512"), "/nodes/n/values/width", "wrong_type", "whole number", '"512"'),
        (one("Blank", width=512.0), "/nodes/n/values/width", "wrong_type", "", "512.0"),
        (one("Blank", width=True), "/nodes/n/values/width", "wrong_type", "", "true"),
        (one("Blank", width=None), "/nodes/n/values/width", "wrong_type", "", "null"),
        (one("Blank", width=[1]), "/nodes/n/values/width", "wrong_type", "", "[1]"),
        (one("Blank", color=3), "/nodes/n/values/color", "wrong_type", "text", "3"),
        (one("Data", things=[1, "2"]), "/nodes/n/values/things", "wrong_type", "", '[1, "2"]'),
        (one("Number", value=0.5), "/nodes/n/values/value", "wrong_type", "", "0.5"),
        (one("Load", file="dog.safetensors"), "/nodes/n/values/file", "unknown_choice", "cat.safetensors", "dog"),
        (one("Load", file="sha256:" + "0" * 64), "/nodes/n/values/file", "unknown_choice", "file of the store", "000"),
        (one("Load", file="sha256:../x"), "/nodes/n/values/file", "unknown_choice", "file of the store", "../x"),
        (one("Load"), "/nodes/n/values/file", "missing_input", "str", None),
    ],
)  # fmt: skip
def test_a_wrong_value(check: Check, nodes: Any, pointer: str, code: str, expected: str, got: str | None) -> None:
    (problem,) = check.problems(nodes)
    assert (problem.code, problem.pointer) == (code, pointer)
    assert expected in (problem.expected or "")
    assert problem.got is None if got is None else got in (problem.got or "")


def test_wire_types_take_no_literal(check: Check) -> None:
    (problem,) = check.problems(one("Use", mask=[[0]]))
    assert problem.pointer == "/nodes/n/values/mask"
    assert problem.expected == "a link that carries Mask"


def test_null_where_null_may_be(check: Check) -> None:
    nodes = {"b": BLANK, "n": {"type": "Blur", "values": {"mask": None}, "links": {"image": "b.image"}}}
    assert check.plan(nodes)["n"].values["mask"] is None


def test_a_whole_number_may_stand_for_a_number(check: Check) -> None:
    nodes = {"b": BLANK, "n": {"type": "Blur", "values": {"radius": 3}, "links": {"image": "b.image"}}}
    assert repr(check.plan(nodes)["n"].values["radius"]) == "3.0"


def test_values_and_defaults_fill_in(check: Check) -> None:
    step = check.plan({"n": {"type": "Blank", "values": {"width": 7}}})["n"]
    assert step.values == {"width": 7, "color": "black"}


def blur_linked(source: str, port: str = "image", **more: Any) -> dict[str, Any]:
    nodes = {"b": BLANK, "s": {"type": "Split", "links": {"image": "b.image"}}, "k": {"type": "Number"}}
    return {**nodes, "n": {"type": "Blur", "links": {"image": "b.image", port: source}, **more}}


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        (blur_linked("s.color"), None),
        (blur_linked("s.alpha", "mask"), None),
        (blur_linked("k.integer", "radius"), None),
        (blur_linked("k.integer", "wrap"), "type_mismatch"),
        (blur_linked("s.alpha"), "type_mismatch"),
        (blur_linked("s.Alpha"), "unknown_output"),
        (blur_linked("s"), "bad_link"),
        (blur_linked("s."), "bad_link"),
        (blur_linked("no.where"), "unknown_node"),
        (blur_linked("k.integer", "radius", values={"radius": 1.0}), "bad_link"),
        ({**blur_linked("s.color"), "u": {"type": "Use", "links": {"mask": "s.alpha"}}}, "type_mismatch"),
        ({"b": BLANK, "n": {"type": "Anything", "links": {"value": "b.image"}}}, None),
        ({"d": {"type": "Data"}, "n": {"type": "Use", "links": {"mask": "d.value"}}}, None),
        ({"b": BLANK, "n": {"type": "Pictures", "links": {"images": "b.image"}}}, "type_mismatch"),
    ],
)
def test_links(check: Check, nodes: Any, code: str | None) -> None:
    if code is None:
        check.plan(nodes)
    else:
        assert list(check.codes(nodes).values()) == [code]


@pytest.mark.parametrize(
    ("links", "where", "names"),
    [
        ({"a": "a"}, ["/nodes/a"], ["a"]),
        ({"a": "b", "b": "c", "c": "a", "d": "a"}, ["/nodes/a"], ["a", "b", "c"]),
        ({"x": "y", "y": "x", "p": "q", "q": "p"}, ["/nodes/x", "/nodes/p"], ["x", "y"]),
    ],
)
def test_a_cycle_names_its_nodes(check: Check, links: dict[str, str], where: list[str], names: list[str]) -> None:
    nodes = {node_id: {"type": "Blur", "links": {"image": f"{to}.image"}} for node_id, to in links.items()}
    problems = check.problems(nodes)
    assert [(problem.code, problem.pointer) for problem in problems] == [("cycle", place) for place in where]
    assert " <- ".join([*names, names[0]]) in problems[0].message


def test_a_cycle_is_told_with_everything_else(check: Check) -> None:
    nodes = {
        "a": {"type": "Blur", "values": {"radius": -1}, "links": {"image": "b.image"}},
        "b": {"type": "Use", "links": {"mask": "a.image"}},
    }
    assert set(check.codes(nodes).values()) == {"cycle", "out_of_range", "unknown_output", "type_mismatch"}


def test_output_nodes_are_the_targets(check: Check) -> None:
    nodes = {"b": BLANK, "n": {"type": "Blur", "links": {"image": "b.image"}}}
    save = {"type": "Save", "version": 3, "links": {"image": "b.image"}}
    assert check.plan(nodes).targets == ("n",)
    plan = check.plan({**nodes, "save": save})
    assert (plan.targets, [step.id for step in plan.steps]) == (("save",), ["b", "save"])


def test_targets_are_checked_with_what_they_need_and_no_more(check: Check) -> None:
    nodes = {"b": BLANK, "n": {"type": "Blur", "links": {"image": "b.image"}}, "unfinished": {"type": "Blur"}}
    assert check.codes(nodes) == {"/nodes/unfinished/links/image": "missing_input"}
    plan = check.plan(nodes, targets=["n", "b", "n"], inputs={"x": "unfinished.image"})
    assert (plan.targets, [step.id for step in plan.steps]) == (("n", "b"), ["b", "n"])
    assert check.codes(nodes, targets=["unfinished"]) == {"/nodes/unfinished/links/image": "missing_input"}


def test_a_target_that_is_none(check: Check) -> None:
    (problem,) = check.problems({"blank": BLANK}, targets=["blnk"])
    assert (problem.code, problem.pointer, problem.nearest) == ("unknown_target", "/targets/0", "blank")


def test_an_empty_graph(check: Check) -> None:
    assert check.plan({}).steps == ()


def test_the_graph_stays_as_it_was(check: Check) -> None:
    document = {"nodeflow": 1, "nodes": {"n": {"type": "Data", "values": {"value": {"a": [1]}, "things": [1, 2]}}}}
    before = copy.deepcopy(document)
    graph = parse(document)
    compile_graph(graph, check.registry)
    assert document == before
    assert graph == parse(before)


def test_the_order_is_the_same_each_time(check: Check) -> None:
    nodes = {f"n{number}": BLANK for number in range(20)}
    nodes |= {f"m{number}": {"type": "Blur", "links": {"image": f"n{19 - number}.image"}} for number in range(20)}
    orders = {tuple(step.id for step in check.plan(json.loads(json.dumps(nodes))).steps) for _ in range(3)}
    assert len(orders) == 1
    assert next(iter(orders))[:4] == ("n19", "m0", "n18", "m1")


def test_many_problems_are_all_told(check: Check) -> None:
    nodes = {f"n{number}": {"type": "Blur", "links": {"image": f"x{number}.image"}} for number in range(3000)}
    assert len(check.problems(nodes)) == 3000


def chain(length: int) -> dict[str, Any]:
    nodes: dict[str, Any] = {"n0": BLANK}
    for number in range(1, length):
        nodes[f"n{number}"] = {"type": "Blur", "links": {"image": f"n{number - 1}.image"}}
    return nodes


def test_a_chain_of_ten_thousand_nodes(check: Check) -> None:
    plan = check.plan(chain(10_000))
    assert [step.id for step in plan.steps] == [f"n{number}" for number in range(10_000)]
    with pytest.raises(GraphError, match="10000 nodes wait for each other"):
        check.plan({**chain(10_000), "n0": {"type": "Blur", "links": {"image": "n9999.image"}}})


def test_cost_grows_linearly(check: Check) -> None:
    """Counted in lines of Python executed, so that no clock is asked."""
    import sys

    def lines(length: int) -> int:
        count = 0

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal count
            count += event == "line"
            return trace

        graph = parse({"nodeflow": 1, "nodes": chain(length)})
        check.plan(chain(3))
        sys.settrace(trace)
        try:
            compile_graph(graph, check.registry, folders=check.folders)
        finally:
            sys.settrace(None)
        return count

    few, many = lines(100), lines(400)
    assert many < 4.2 * few
