"""A result from the cache comes with what was warned of when it was made, also by nodes before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nodeflow.context import Context
from nodeflow.node import node
from tests.nodeflow.executor.conftest import Lab

BOTH = [{}, {"memory": 0}, {"disk": 0}]
ran: list[str] = []


@node
def say(ctx: Context, message: str) -> str:
    ran.append(message)
    ctx.log.warning("%s", message)
    return message


@node
def stammer(ctx: Context) -> str:
    """Warn of a file whose name is no text; not in the log too, which pytest's processes cannot send each other."""
    ran.append("stammer")
    assert ctx.warn
    ctx.warn("caf\udce9 is left out")
    return ""


@node
def join(a: str, b: str = "") -> str:
    ran.append(f"{a}+{b}")
    return a + b


@pytest.fixture(params=BOTH)
def lab(request: pytest.FixtureRequest, make_lab: Callable[..., Lab]) -> Lab:
    ran.clear()
    return make_lab(**request.param).add(say, stammer, join)


def warned(lab: Lab, nodes: dict[str, Any], *targets: str) -> list[tuple[str | None, str]]:
    """What a run warns of, and about which nodes."""
    lab.run(nodes, targets or None).raise_error()
    return [(event.node_id, event.data["message"]) for event in lab.events if event.kind == "warning"]


GRAPH: dict[str, Any] = {
    "s": ("Say", {"message": "worn"}),
    "j": ("Join", {"a": "s.text"}),
    "end": ("Join", {"a": "j.text", "b": "s.text"}),
}


def test_a_run_that_computes_nothing_warns_as_the_first_did(lab: Lab) -> None:
    assert warned(lab, GRAPH) == [("s", "worn")]
    ran.clear()
    assert warned(lab, GRAPH) == [("s", "worn")]
    assert warned(lab, GRAPH, "end", "j", "s") == [("s", "worn")], "once a run, whoever has kept it"
    assert ran == []


def test_a_run_that_computes_a_part_warns_of_what_it_takes_from_the_cache(lab: Lab) -> None:
    warned(lab, GRAPH)
    ran.clear()
    changed = {**GRAPH, "end": ("Join", {"a": "j.text", "b": "more"})}
    assert warned(lab, changed) == [("s", "worn")]
    assert ran == ["worn+more"]
    assert warned(lab, changed) == [("s", "worn")], "and the new part keeps it too"


def test_it_is_told_of_the_nodes_of_this_graph(lab: Lab) -> None:
    """Two nodes that say the same share a result, which was made under another name."""
    warned(lab, {"old": ("Say", {"message": "worn"}), "j": ("Join", {"a": "old.text", "b": "old.text"})}, "j")
    nodes = {
        "one": ("Say", {"message": "worn"}),
        "two": ("Say", {"message": "worn"}),
        "j": ("Join", {"a": "one.text", "b": "two.text"}),
    }
    assert sorted(warned(lab, nodes, "j")) == [("one", "worn"), ("two", "worn")]


def test_what_no_longer_leads_to_the_result_is_not_told(lab: Lab) -> None:
    warned(lab, GRAPH)
    other = {**GRAPH, "s": ("Say", {"message": "dark"})}
    assert warned(lab, other) == [("s", "dark")]
    assert warned(lab, GRAPH) == [("s", "worn")]


def test_a_name_that_is_no_text_keeps_nothing_from_being_kept(lab: Lab) -> None:
    assert warned(lab, {"s": "Stammer"}) == [("s", "caf\udce9 is left out")]
    ran.clear()
    assert warned(lab, {"s": "Stammer"}) == [("s", "caf? is left out")]
    assert ran == []


def test_what_runs_every_time_says_it_every_time_itself(lab: Lab) -> None:
    """Without a cache nothing is told but by the nodes."""
    for _ in range(2):
        ran.clear()
        lab.run(GRAPH, use_cache=False)
        assert (lab.told("warning"), ran[0]) == (["s"], "worn")
