"""What a run tells: every event in its place, complete, and plain JSON."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodeflow.context import Context
from nodeflow.events import Event
from nodeflow.node import node
from nodeflow.types import Image


@node
def text(value: str = "") -> str:
    return value


@node
def join(a: str, b: str = "") -> str:
    return a + b


@node
async def later(a: str) -> str:
    await asyncio.sleep(0)
    return a


@node
def fail(a: str) -> str:
    raise ValueError(a)


@node(output=True)
def show(ctx: Context, a: str) -> None:
    for done in range(3):
        ctx.progress(done, 3, preview=lambda: Image(np.full((1, 1000, 10, 4), 0.5, np.float32)))
    ctx.save(a.encode(), "a.txt", "text/plain")


NODES = {
    "t": ("Text", {"value": "x"}),
    "l": ("Later", {"a": "t.text"}),
    "bad": ("Fail", {"a": "t.text"}),
    "after": ("Join", {"a": "bad.text"}),
    "s": ("Show", {"a": "l.text"}),
}
TERMINAL = {"node_finished", "node_cached", "node_failed", "node_skipped"}


def checked(events: Sequence[Event], result: Any) -> None:
    """What holds of the events of every run."""
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert {event.run_id for event in events} == {result.run_id}
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert json.loads(json.dumps([event.dump() for event in events])) == [event.dump() for event in events]
    assert (events[0].kind, events[-1].kind) == ("run_started", "run_finished")
    assert events[-1].data["state"] == result.state
    of_node: dict[str, list[str]] = defaultdict(list)
    for event in events[1:-1]:
        assert event.node_id is not None
        of_node[event.node_id].append(event.kind)
    for node_id, kinds in of_node.items():
        ends = [place for place, kind in enumerate(kinds) if kind in TERMINAL]
        assert len(ends) == 1, (node_id, kinds)
        assert set(kinds[: ends[0]]) <= {"node_started", "node_progress", "node_preview", "warning"}
        assert set(kinds[ends[0] + 1 :]) <= {"artifact", "warning"}
        state = kinds[ends[0]].removeprefix("node_").replace("finished", "done")
        assert state == result.steps[node_id].state
        computed = state in ("done", "failed")
        assert kinds.count("node_started") == computed
        assert not computed or kinds[0] == "node_started"


def test_every_event_in_its_place(lab: Any) -> None:
    lab.add(text, join, later, fail, show)
    result = lab.run(NODES, targets=["s", "after"])
    checked(lab.events, result)
    assert lab.events[0].data == {"targets": ["s", "after"], "steps": 5}
    of_show = [event for event in lab.events if event.node_id == "s"]
    kinds = ["node_started", *3 * ["node_progress"], "node_finished", "artifact"]
    assert [event.kind for event in of_show] == kinds
    assert [event.data for event in of_show[1:4]] == [{"done": done, "total": 3} for done in range(3)]
    assert of_show[-1].data["name"] == "a.txt"
    assert lab.events[-1].data["error"] == "'bad' (Fail): ValueError: x"
    again = lab.run(NODES, targets=["s", "after"])
    checked(lab.events, again)
    assert sorted(lab.told("node_cached")) == ["l", "s", "t"]
    assert lab.told("artifact") == ["s"], "a cached artifact is told of as a new one is"


def test_after_what_it_needs(lab: Any) -> None:
    lab.add(text, join)
    nodes: dict[str, Any] = {f"t{n}": ("Text", {"value": str(n)}) for n in range(6)}
    nodes |= {f"j{n}": ("Join", {"a": f"t{n}.text", "b": f"t{(n + 1) % 6}.text"}) for n in range(6)}
    plan, events = lab.plan(nodes), list[Event]()
    checked(events, lab.executor.run_sync(plan, listener=events.append))
    place = {(event.kind, event.node_id): event.sequence for event in events}
    for step in plan.steps:
        for source in step.links.values():
            parent = plan.steps[source.step].id
            assert place["node_finished", parent] < place["node_started", step.id]


def test_previews_only_for_who_looks(lab: Any) -> None:
    class Looking:
        """A listener that wants to see."""

        wants_previews = True

        def __init__(self) -> None:
            self.events: list[Event] = []

        def __call__(self, event: Event) -> None:
            self.events.append(event)

    lab.add(text, show)
    nodes = {"t": "Text", "s": ("Show", {"a": "t.text"})}
    looking = Looking()
    checked(looking.events, lab.run(nodes, listener=looking))
    seen = [event.data for event in looking.events if event.kind == "node_preview"]
    assert [(each["width"], each["height"], each["media_type"]) for each in seen] == [(5, 512, "image/jpeg")] * 3
    lab.run(nodes, use_cache=False)
    assert lab.told("node_preview") == []


def test_a_preview_that_fails_is_the_steps_least_worry(lab: Any, caplog: Any) -> None:
    class Looking(list[Event]):
        """A listener that wants to see."""

        wants_previews = True
        __call__ = list.append

    @node
    def draw(ctx: Context) -> str:
        ctx.progress(1, 1, preview=lambda: 1 / 0)  # type: ignore[arg-type,return-value]
        return "done"

    assert lab.add(draw).run({"d": "Draw"}, listener=Looking()).outputs == {"d": {"text": "done"}}
    assert "a preview failed" in caplog.text


def test_a_listener_that_fails_stops_nothing(lab: Any, caplog: Any) -> None:
    def listener(event: Event) -> None:
        raise LookupError(event.kind)

    assert lab.add(text).run({"t": "Text"}, listener=listener).state == "succeeded"
    assert "a listener failed" in caplog.text


def test_nothing_is_told_after_the_end(lab: Any) -> None:
    """By a thread that a node left behind."""
    kept: list[Context] = []

    @node
    def leak(ctx: Context) -> str:
        kept.append(ctx)
        return ""

    lab.add(leak).run({"l": "Leak"})
    thread = threading.Thread(target=lambda: kept[0].progress(1, 1))
    thread.start()
    thread.join()
    assert lab.events[-1].kind == "run_finished"


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(st.lists(st.integers(0, 9), max_size=2), min_size=1, max_size=9),
    st.sets(st.integers(0, 8), max_size=2),
    st.sets(st.integers(0, 8), max_size=3),
)
def test_of_any_graph(make_lab: Any, parents: list[list[int]], failing: set[int], known: set[int]) -> None:
    """Some steps fail, some are cached from an earlier run."""
    lab = make_lab(disk=0).add(text, join, fail)
    nodes: dict[str, Any] = {}
    for place, wanted in enumerate(parents):
        links = [f"n{parent % place}.text" for parent in wanted] if place else []
        if not links:
            nodes[f"n{place}"] = ("Text", {"value": str(place)})
        elif place in failing:
            nodes[f"n{place}"] = ("Fail", {"a": links[0]})
        else:
            nodes[f"n{place}"] = ("Join", dict(zip("ab", links, strict=False)))
    sure = [f"n{place}" for place in known if place < len(parents)]
    lab.run(nodes, targets=sure)
    result = lab.run(nodes)
    checked(lab.events, result)


gate_opens = threading.Event()


@node(cacheable=False)
def gate(a: str, b: str) -> bool:
    return gate_opens.wait(60)


@node(cacheable=False)
async def later_gate(a: str, b: str) -> bool:
    return await asyncio.to_thread(gate_opens.wait, 60)


@pytest.mark.parametrize("name", ["Gate", "LaterGate"])
def test_what_is_read_from_disk_is_told_of_before_the_node_that_uses_it_has_ended(make_lab: Any, name: str) -> None:
    """With all that need not be computed for it."""
    nodes = {
        "t": ("Text", {"value": "x"}),
        "l": ("Join", {"a": "t.text"}),
        "r": ("Text", {"value": "y"}),
        "gate": (name, {"a": "l.text", "b": "r.text"}),
    }
    gate_opens.set()
    first = make_lab().add(text, join, gate, later_gate).run(nodes)
    assert first["gate"] is True
    gate_opens.clear()
    lab = make_lab().add(text, join, gate, later_gate)

    def listen(event: Event) -> None:
        lab.events.append(event)
        if {"t", "l", "r"} <= set(lab.told("node_cached")):
            gate_opens.set()

    again = lab.run(nodes, listener=listen)
    assert again["gate"] is True, "it had waited for the word on its inputs"
    assert lab.told("node_started") == ["gate"]
    checked(lab.events, again)
