"""Lazy inputs: computed when the node asks for them, and not otherwise."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodeflow.context import Context
from nodeflow.node import NOT_READY, Node, node
from nodeflow.widgets import Lazy

ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran_yet() -> None:
    ran.clear()


@node
def text(value: str = "") -> str:
    ran.append(value)
    return value


@node
def join(a: str, b: str = "") -> str:
    ran.append(f"{a}+{b}")
    return a + b


@node
def flag(value: bool = True) -> bool:
    return value


@node
def fail(a: str = "") -> str:
    raise ValueError(a)


class Switch(Node):
    """One of two."""

    which: bool
    yes: Annotated[str, Lazy()]
    no: Annotated[str, Lazy()]

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        return ["yes" if self.which else "no"]

    def run(self, ctx: Context) -> str:
        unwanted = self.no if self.which else self.yes
        assert unwanted is NOT_READY or isinstance(unwanted, str)
        return self.yes if self.which else self.no


class First(Node):
    """The first of three that is not empty: asks for one after the other."""

    a: Annotated[str, Lazy()]
    b: Annotated[str, Lazy()]
    c: Annotated[str, Lazy()]

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        for name in "abc":
            if name not in ready:
                return [name]
            if ready[name]:
                return []
        return []

    def run(self, ctx: Context) -> str:
        return next((value for value in (self.a, self.b, self.c) if value), "none")


class Greedy(Node):
    """Names an input that it does not have."""

    a: Annotated[str, Lazy()]

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        return ["b"]

    def run(self, ctx: Context) -> str:
        return ""


def branches(which: bool, shared: bool = False) -> dict[str, Any]:
    """A switch between two chains of two, and perhaps somebody else who wants the first of the `no` chain."""
    nodes: dict[str, Any] = {
        "f": ("Flag", {"value": which}),
        "y1": ("Text", {"value": "y"}),
        "y2": ("Join", {"a": "y1.text"}),
        "n1": ("Text", {"value": "n"}),
        "n2": ("Join", {"a": "n1.text"}),
        "s": ("Switch", {"which": "f.boolean", "yes": "y2.text", "no": "n2.text"}),
    }
    return {**nodes, "other": ("Join", {"a": "n1.text", "b": "!"})} if shared else nodes


def states(result: Any) -> dict[str, str]:
    return {node_id: report.state for node_id, report in result.steps.items()}


def lab_with(lab: Any) -> Any:
    return lab.add(text, join, flag, fail, Switch, First, Greedy)


@pytest.mark.parametrize(("which", "chain"), [(True, "y"), (False, "n")])
def test_only_the_chosen_branch(lab: Any, which: bool, chain: str) -> None:
    result = lab_with(lab).run(branches(which))
    assert (result.outputs, ran) == ({"s": {"text": chain}}, [chain, f"{chain}+"])
    idle = {"y1", "y2", "n1", "n2"} - {f"{chain}1", f"{chain}2"}
    assert {node_id for node_id, state in states(result).items() if state == "skipped"} == idle
    assert {result.steps[node_id].reason for node_id in idle} == {"nothing needs it"}


def test_what_somebody_else_wants_of_the_other_branch(lab: Any) -> None:
    result = lab_with(lab).run(branches(True, shared=True))
    assert sorted(ran) == ["n", "n+!", "y", "y+"]
    assert states(result)["n2"] == "skipped"


def test_a_branch_that_would_fail_is_not_tried(lab: Any) -> None:
    nodes = {**branches(True), "n2": ("Fail", {"a": "n1.text"})}
    assert lab_with(lab).run(nodes).state == "succeeded"
    result = lab.run({**nodes, "f": ("Flag", {"value": False})})
    assert (result.state, states(result)["s"]) == ("failed", "skipped")


@pytest.mark.parametrize(
    ("values", "found", "asked"),
    [(("x", "y", "z"), "x", ["x"]), (("", "y", "z"), "y", ["", "y"]), (("", "", ""), "none", ["", "", ""])],
)
def test_one_after_the_other(
    make_lab: Callable[..., Any], values: tuple[str, str, str], found: str, asked: list[str]
) -> None:
    nodes: dict[str, Any] = {name: ("Join", {"a": f"{name}t.text"}) for name in "abc"}
    nodes |= {f"{name}t": ("Text", {"value": value}) for name, value in zip("abc", values, strict=True)}
    nodes["f"] = ("First", {name: f"{name}.text" for name in "abc"})
    lab = lab_with(make_lab(memory=0, disk=0))
    assert lab.run(nodes).outputs == {"f": {"text": found}}
    # Equal texts are one step in flight only while they fly at the same time, which they do not here.
    assert [each for each in ran if "+" not in each] == asked


@pytest.mark.parametrize("tiers", [{}, {"memory": 0}])
def test_the_other_branch_later_and_back(make_lab: Callable[..., Any], tiers: dict[str, int]) -> None:
    lab = lab_with(make_lab(**tiers))
    for which in (True, False):
        lab.run(branches(which))
    ran.clear()
    for which in (True, False):
        assert set(states(lab.run(branches(which))).values()) == {"cached"}
    assert ran == []


def test_a_literal_for_a_lazy_input_is_at_hand(lab: Any) -> None:
    nodes = {"f": "Flag", "s": ("Switch", {"which": "f.boolean", "yes": "at hand", "no": "too"})}
    assert lab_with(lab).run(nodes).outputs == {"s": {"text": "at hand"}}


def test_an_input_that_does_not_exist(lab: Any) -> None:
    result = lab_with(lab).run({"t": "Text", "g": ("Greedy", {"a": "t.text"})})
    assert result.state == "failed"
    assert "Greedy.needs names ['b']; its inputs are a" in str(result.error)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.booleans())
def test_a_tree_of_switches(make_lab: Callable[..., Any], choices: list[bool], cached: bool) -> None:
    """Each switch is the `yes` of the next: what runs is what a reader of the graph would follow, and no more."""
    ran.clear()
    lab = lab_with(make_lab(memory=1 << 20 if cached else 0, disk=0))
    nodes: dict[str, Any] = {"s0": ("Text", {"value": "root"})}
    for place, which in enumerate(choices, 1):
        nodes[f"f{place}"] = ("Flag", {"value": which})
        nodes[f"n{place}"] = ("Text", {"value": f"no{place}"})
        links = {"which": f"f{place}.boolean", "yes": f"s{place - 1}.text", "no": f"n{place}.text"}
        nodes[f"s{place}"] = ("Switch", links)
    taken = next((place for place in range(len(choices), 0, -1) if not choices[place - 1]), 0)
    expected = f"no{taken}" if taken else "root"
    result = lab.run(nodes)
    assert result.outputs == {f"s{len(choices)}": {"text": expected}}
    assert ran == [expected]
