"""Steps with one key are computed once, whoever waits for them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nodeflow.context import Cancellation, Context
from nodeflow.executor import Executor
from nodeflow.node import Node, node

PATIENCE = 60


class Counted:
    """A node that counts its runs, and waits to be let go."""

    def __init__(self) -> None:
        self.count = 0
        self.entered = threading.Event()
        self.may_end = threading.Event()
        self.heard: list[bool] = []
        outer = self

        @node
        def work(ctx: Context, name: str = "") -> str:
            outer.count += 1
            ctx.progress(1, 2)
            outer.entered.set()
            outer.may_end.wait(PATIENCE)
            outer.heard.append(ctx.cancellation.cancelled)
            ctx.progress(2, 2)
            if name == "bad":
                raise ValueError("bad")
            return name

        self.node: type[Node] = work


@pytest.fixture
def counted() -> Counted:
    return Counted()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        threading.Event().wait(0.001)


def passengers(executor: Executor) -> int:
    return sum(len(flight._passengers) for flight in list(executor.services.flights.values()))


def test_within_one_run(make_lab: Callable[..., Any], counted: Counted) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    counted.may_end.set()
    result = lab.run({f"n{number}": ("Work", {"name": "x"}) for number in range(20)})
    assert counted.count == 1
    assert result.outputs == {f"n{number}": {"text": "x"} for number in range(20)}
    assert sorted(lab.told("node_started")) == sorted(lab.told("node_finished")) == sorted(result.steps)
    assert len(lab.told("node_progress")) == 40


@node
def given(name: str = "x") -> str:
    return name


def test_who_comes_late_is_told_of_what_was_read_at_once(make_lab: Callable[..., Any], counted: Counted) -> None:
    """The second run boards when the first has read the input from disk, and hears of it while the node still runs."""
    make_lab(memory=0).add(given).run({"first": "Given"})
    lab = make_lab(memory=0).add(given, counted.node)
    told = {name: threading.Event() for name in ("first", "second")}

    def listen(event: Any) -> None:
        if event.kind == "node_cached":
            told[event.node_id].set()

    with ThreadPoolExecutor(2) as pool:
        running = []
        for name in told:
            plan = lab.plan({name: "Given", "work": ("Work", {"name": f"{name}.text"})})
            running.append(pool.submit(lab.executor.run_sync, plan, listener=listen))
            heard = told[name].wait(PATIENCE)
        counted.may_end.set()
        results = [each.result(PATIENCE) for each in running]
    assert heard
    assert counted.count == 1
    assert [list(result.steps) for result in results] == [["first", "work"], ["second", "work"]]


def test_across_two_runs(make_lab: Callable[..., Any], counted: Counted) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    plans = [lab.plan({name: "Work"}) for name in ("mine", "yours")]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(lab.executor.run_sync, plan) for plan in plans]
        wait_until(lambda: passengers(lab.executor) == 2)
        counted.may_end.set()
        results = [each.result(PATIENCE) for each in running]
    assert counted.count == 1
    assert [list(result.outputs) for result in results] == [["mine"], ["yours"]]


@pytest.mark.parametrize("leaver", [0, 1])
def test_one_who_leaves_does_not_cancel_the_other(make_lab: Callable[..., Any], counted: Counted, leaver: int) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    plan, cancels = lab.plan({"n": "Work"}), [Cancellation(), Cancellation()]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(lab.executor.run_sync, plan, cancel=cancels[0])]
        assert counted.entered.wait(PATIENCE)
        running.append(pool.submit(lab.executor.run_sync, plan, cancel=cancels[1]))
        wait_until(lambda: passengers(lab.executor) == 2)
        cancels[leaver].cancel()
        assert running[leaver].result(PATIENCE).state == "cancelled", "it need not wait for the computation"
        counted.may_end.set()
        assert running[1 - leaver].result(PATIENCE).outputs == {"n": {"text": ""}}
    assert (counted.count, counted.heard) == (1, [False])


def test_when_everybody_leaves_it_is_cancelled(make_lab: Callable[..., Any], counted: Counted) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    plan, cancels = lab.plan({"n": "Work"}), [Cancellation(), Cancellation()]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(lab.executor.run_sync, plan, cancel=cancel) for cancel in cancels]
        wait_until(lambda: passengers(lab.executor) == 2)
        assert counted.entered.wait(PATIENCE)
        for cancel in cancels:
            cancel.cancel()
        wait_until(lambda: lab.executor.services.flights == {})
        counted.may_end.set()
        assert [each.result(PATIENCE).state for each in running] == ["cancelled"] * 2
    assert counted.heard == [True]


def test_one_who_comes_after_everybody_left_computes_anew(make_lab: Callable[..., Any], counted: Counted) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    plan, cancel = lab.plan({"n": "Work"}), Cancellation()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lab.executor.run_sync, plan, cancel=cancel)
        assert counted.entered.wait(PATIENCE)
        cancel.cancel()
        wait_until(lambda: lab.executor.services.flights == {})
        second = pool.submit(lab.executor.run_sync, plan)
        wait_until(lambda: counted.count == 2)
        counted.may_end.set()
        assert (first.result(PATIENCE).state, second.result(PATIENCE).state) == ("cancelled", "succeeded")


def test_a_failure_is_everybodys(make_lab: Callable[..., Any], counted: Counted) -> None:
    lab = make_lab(memory=0, disk=0).add(counted.node)
    plans = [lab.plan({name: ("Work", {"name": "bad"})}) for name in ("mine", "yours")]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(lab.executor.run_sync, plan) for plan in plans]
        wait_until(lambda: passengers(lab.executor) == 2)
        counted.may_end.set()
        errors = [each.result(PATIENCE).error for each in running]
    assert [error.node_id for error in errors if error] == ["mine", "yours"]
    assert counted.count == 1


def test_steps_that_differ_are_not_shared(make_lab: Callable[..., Any], counted: Counted) -> None:
    counted.may_end.set()
    lab = make_lab(memory=0, disk=0).add(counted.node)
    lab.run({"a": ("Work", {"name": "a"}), "b": ("Work", {"name": "b"})})
    assert counted.count == 2


def test_steps_that_are_not_cacheable_are_not_shared(lab: Any) -> None:
    drawn: list[int] = []

    @node(cacheable=False)
    def draw() -> int:
        drawn.append(len(drawn))
        return drawn[-1]

    @node
    def show(value: int) -> str:
        return str(value)

    lab.add(draw, show)
    nodes = {"a": "Draw", "b": "Draw", "sa": ("Show", {"value": "a.integer"}), "sb": ("Show", {"value": "b.integer"})}
    first = {result["text"] for result in lab.run(nodes).outputs.values()}
    second = {result["text"] for result in lab.run(nodes).outputs.values()}
    assert (first, second) == ({"0", "1"}, {"2", "3"})
    assert lab.cache.usage()["memory"]["entries"] == 0


def test_a_volatile_step_runs_once_a_run_whoever_consumes_it(lab: Any) -> None:
    drawn: list[int] = []

    @node(cacheable=False)
    def draw() -> int:
        drawn.append(len(drawn))
        return drawn[-1]

    @node
    def show(value: int, how: str = "") -> str:
        return str(value)

    lab.add(draw, show)
    shows = {f"s{number}": ("Show", {"value": "d.integer", "how": str(number)}) for number in range(5)}
    assert {result["text"] for result in lab.run({"d": "Draw", **shows}).outputs.values()} == {"0"}
