"""Cancelling: between steps, inside a node, of async nodes, while waiting, before the start."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nodeflow.context import Cancellation, Cancelled, Context
from nodeflow.node import node

PATIENCE = 60


@node
def text(value: str = "") -> str:
    return value


@node
def join(a: str, b: str = "") -> str:
    return a + b


class Stage:
    """Lets a test meet a node inside its run."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.cancelled = threading.Event()
        self.ended = threading.Event()
        self.cancellation = Cancellation()
        self.cancellation.on_cancel(self.cancelled.set)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def cancelled_at_entry(lab: Any, stage: Stage, nodes: dict[str, Any]) -> Any:
    """Run, and cancel as soon as a node says that it has been entered."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lab.run, nodes, cancel=stage.cancellation)
        assert stage.entered.wait(PATIENCE)
        stage.cancellation.cancel()
        return running.result(PATIENCE)


@pytest.mark.parametrize("way", ["check", "progress"])
def test_inside_a_node(lab: Any, stage: Stage, way: str) -> None:
    @node
    def work(ctx: Context, a: str) -> str:
        stage.entered.set()
        stage.cancelled.wait(PATIENCE)
        try:
            ctx.check() if way == "check" else ctx.progress(1, 2)
        except Exception:  # noqa: BLE001 - as careless authors write
            return "swallowed"
        return "ran on"

    lab.add(text, work, join)
    nodes = {"t": "Text", "w": ("Work", {"a": "t.text"}), "j": ("Join", {"a": "w.text"})}
    result = cancelled_at_entry(lab, stage, nodes)
    assert (result.state, result.error, result.outputs) == ("cancelled", None, {})
    assert {node_id: report.state for node_id, report in result.steps.items()} == {
        "t": "done",
        "w": "skipped",
        "j": "skipped",
    }
    assert result.steps["w"].reason == "the run was cancelled"
    again = lab.run({"t": "Text"})
    assert again.steps["t"].state == "cached", "what was done before stays done"


def test_between_steps_and_nothing_is_kept(lab: Any, stage: Stage) -> None:
    """A node that never asks finishes, and what it gave is thrown away."""
    ran = []

    @node
    def deaf(ctx: Context, value: str) -> str:
        ran.append(value)
        ctx.save(b"x", "x", "text/plain")
        heard = threading.Event()
        ctx.cancellation.on_cancel(heard.set)
        stage.entered.set()
        if len(ran) == 1:
            assert heard.wait(PATIENCE)
        return value

    lab.add(deaf, join)
    nodes = {"d": ("Deaf", {"value": "x"}), "j": ("Join", {"a": "d.text"})}
    result = cancelled_at_entry(lab, stage, nodes)
    assert result.state == "cancelled"
    assert result.steps["d"].state == "skipped"
    assert lab.cache.usage()["memory"]["entries"] == lab.cache.usage()["disk"]["entries"] == 0
    assert not [path for path in (lab.root / "cache").rglob("*") if path.is_file()]
    assert lab.run(nodes).steps["d"].state == "done"
    assert ran == ["x", "x"]


def test_an_async_node(lab: Any, stage: Stage) -> None:
    @node
    async def forever() -> str:
        stage.entered.set()
        try:
            await asyncio.sleep(1000)
        finally:
            stage.ended.set()
        return ""

    result = cancelled_at_entry(lab.add(forever), stage, {"f": "Forever"})
    assert result.state == "cancelled"
    assert stage.ended.is_set(), "the run waits for what it cancels"


def test_an_async_node_that_will_not_hear(lab: Any, stage: Stage) -> None:
    @node
    async def stubborn() -> str:
        stage.entered.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            return "never mind"
        return ""

    result = cancelled_at_entry(lab.add(stubborn), stage, {"s": "Stubborn"})
    assert (result.state, result.outputs) == ("cancelled", {})
    assert lab.cache.usage()["memory"]["entries"] == 0


def test_while_waiting_for_a_resource(lab: Any, stage: Stage) -> None:
    ran = []

    @node(resources={"device": 1})
    def hold(ctx: Context, name: str) -> str:
        ran.append(name)
        stage.entered.set()
        stage.cancelled.wait(PATIENCE)
        ctx.check()
        return name

    result = cancelled_at_entry(lab.add(hold), stage, {"a": ("Hold", {"name": "a"}), "b": ("Hold", {"name": "b"})})
    assert result.state == "cancelled"
    assert ran == ["a"]
    assert lab.executor.services.resources._free == {"cpu": 4, "device": 1}
    assert lab.executor.services.flights == {}


def test_before_the_start(lab: Any) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    result = lab.add(text).run({"t": "Text"}, cancel=cancellation)
    assert result.state == "cancelled"
    assert result.steps["t"].reason == "the run was cancelled"
    assert [event.kind for event in lab.events] == ["run_started", "run_finished"]


def test_by_a_listener(lab: Any) -> None:
    cancellation = Cancellation()

    def listener(event: Any) -> None:
        if event.kind == "node_started" and event.node_id == "b":
            cancellation.cancel()

    lab.add(text, join)
    nodes = {"a": "Text", "b": ("Join", {"a": "a.text"}), "c": ("Join", {"a": "b.text"})}
    result = lab.run(nodes, cancel=cancellation, listener=listener)
    assert (result.state, result.steps["c"].state) == ("cancelled", "skipped")


def test_after_the_end_is_too_late(lab: Any) -> None:
    cancellation = Cancellation()
    assert lab.add(text).run({"t": "Text"}, cancel=cancellation).state == "succeeded"
    cancellation.cancel()
    assert lab.run({"t": "Text"}).state == "succeeded"


async def test_by_cancelling_the_task(lab: Any, stage: Stage) -> None:
    @node
    def work(ctx: Context) -> str:
        stage.entered.set()
        while True:
            ctx.check()

    plan = lab.add(work).plan({"w": "Work"})
    task = asyncio.create_task(lab.executor.run(plan, listener=lab.events.append))
    await asyncio.to_thread(stage.entered.wait, PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lab.events[-1].kind == "run_finished"
    assert lab.events[-1].data["state"] == "cancelled"


def test_a_model_that_loads(lab: Any, stage: Stage) -> None:
    """The one who loads is cancelled; the next one who wants the model loads it."""

    @node
    def load(ctx: Context, name: str) -> str:
        def read() -> str:
            if name == "first":
                stage.entered.set()
                stage.cancelled.wait(PATIENCE)
                ctx.check()
            return "weights"

        return ctx.models.get("model", read, 10)

    lab.add(load)
    assert cancelled_at_entry(lab, stage, {"l": ("Load", {"name": "first"})}).state == "cancelled"
    assert lab.run({"l": ("Load", {"name": "second"})}).outputs == {"l": {"text": "weights"}}
    assert lab.models.nbytes == 10


def test_cancelled_outside_a_run_is_what_it_says() -> None:
    context = Context()
    context.cancellation.cancel()
    with pytest.raises(Cancelled, match="cancelled"):
        context.check()
