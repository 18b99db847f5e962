"""Running: values flow, branches overlap, outputs are let go, failures stay where they are."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from pydantic import JsonValue

from nodeflow.node import node

PATIENCE = 60


@node
def number(value: float = 0.0) -> float:
    return value


@node
def add(a: float, b: float = 1.0) -> float:
    return a + b


class Both(NamedTuple):
    quotient: int
    rest: int


@node
def divide(a: int, b: int) -> Both:
    return Both(*divmod(a, b))


class Only(NamedTuple):
    value: str


@node
def only(text: str) -> Only:
    return Only(text.upper())


@node
async def later(a: float) -> float:
    await asyncio.sleep(0)
    return a * 2


def numbers(lab: Any) -> Any:
    return lab.add(number, add, divide, only, later)


def test_values_flow(lab: Any) -> None:
    result = numbers(lab).run(
        {"a": ("Number", {"value": 1.5}), "b": ("Add", {"a": "a.number", "b": 2}), "c": ("Later", {"a": "b.number"})}
    )
    assert result.state == "succeeded"
    assert result.outputs == {"c": {"number": 7.0}}
    assert {node_id: report.state for node_id, report in result.steps.items()} == dict.fromkeys("abc", "done")


def test_several_outputs_and_a_named_tuple_of_one(lab: Any) -> None:
    result = numbers(lab).run({"d": ("Divide", {"a": 17, "b": 5}), "o": ("Only", {"text": "a"})})
    assert result.outputs == {"d": {"quotient": 3, "rest": 2}, "o": {"value": "A"}}


def test_only_what_the_targets_need_is_run(lab: Any) -> None:
    nodes = {"a": "Number", "b": ("Add", {"a": "a.number"}), "c": ("Add", {"a": "b.number"}), "other": "Number"}
    result = numbers(lab).run(nodes, targets=["b"])
    assert list(result.steps) == ["a", "b"]
    assert result.outputs == {"b": {"number": 1.0}}


def test_an_empty_plan(lab: Any) -> None:
    assert lab.run({}).state == "succeeded"


def test_an_executor_of_a_registry_alone() -> None:
    from nodeflow.executor import Executor
    from nodeflow.graph import parse
    from nodeflow.plan import compile as compile_graph
    from nodeflow.registry import Registry
    from nodeflow.spec import NodeSpec

    registry = Registry()
    registry.add_node(NodeSpec.of(number))
    graph = parse({"nodeflow": 1, "nodes": {"a": {"type": "Number"}}})
    assert Executor(registry).run_sync(compile_graph(graph, registry)).outputs == {"a": {"number": 0.0}}


async def test_on_the_callers_own_loop(lab: Any) -> None:
    plan = numbers(lab).plan({"a": "Number", "b": ("Add", {"a": "a.number"})})
    results = await asyncio.gather(*(lab.executor.run(plan, run_id=f"r{number}") for number in range(5)))
    assert [result.outputs for result in results] == [{"b": {"number": 1.0}}] * 5
    assert [result.run_id for result in results] == [f"r{number}" for number in range(5)]


def test_from_many_threads(lab: Any) -> None:
    numbers(lab)
    plans = [lab.plan({"a": ("Number", {"value": value}), "b": ("Add", {"a": "a.number"})}) for value in range(20)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lab.executor.run_sync, plans))
    assert [result.outputs["b"]["number"] for result in results] == [value + 1 for value in range(20)]


def test_independent_branches_overlap(lab: Any) -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE)

    @node
    def meet(name: str) -> str:
        meeting.wait()
        return name

    result = lab.add(meet).run({name: ("Meet", {"name": name}) for name in "abc"})
    assert result.state == "succeeded"


async def test_async_branches_overlap(lab: Any) -> None:
    meeting = asyncio.Barrier(3)

    @node
    async def meet(name: str) -> str:
        await asyncio.wait_for(meeting.wait(), PATIENCE)
        return name

    lab.add(meet)
    result = await lab.executor.run(lab.plan({name: ("Meet", {"name": name}) for name in "abc"}))
    assert result.state == "succeeded"


def test_device_steps_never_overlap_and_leave_the_cpu_free(lab: Any) -> None:
    device, both = threading.Lock(), threading.Barrier(2, timeout=PATIENCE)

    @node(resources={"device": 1})
    def compute(name: str, wait: bool = False) -> str:
        assert device.acquire(blocking=False), "two steps on one device"
        try:
            if wait:
                both.wait()
        finally:
            device.release()
        return name

    @node
    def count(name: str) -> str:
        both.wait()
        return name

    lab.add(compute, count)
    nodes = {f"d{number}": ("Compute", {"name": str(number), "wait": number == 0}) for number in range(8)}
    result = lab.run({**nodes, "c": ("Count", {"name": "c"})})
    assert result.state == "succeeded", result.error


def test_device_steps_of_two_runs_do_not_overlap_either(lab: Any) -> None:
    device = threading.Lock()

    @node(resources={"device": 1})
    def compute(name: str) -> str:
        assert device.acquire(blocking=False), "two steps on one device"
        device.release()
        return name

    lab.add(compute)
    plans = [lab.plan({f"d{i}": ("Compute", {"name": f"{run}-{i}"}) for i in range(9)}) for run in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert [result.state for result in pool.map(lab.executor.run_sync, plans)] == ["succeeded"] * 4


def test_a_resource_that_is_not_there(lab: Any) -> None:
    @node(resources={"quantum": 1})
    def entangle() -> str:
        return ""

    result = lab.add(entangle).run({"e": "Entangle"})
    assert result.state == "failed"
    assert "no resource 'quantum' here; there is cpu, device" in str(result.error)


class Heavy:
    """A value that a weak reference can watch."""


def test_outputs_are_let_go_after_their_last_consumer(make_lab: Callable[..., Any]) -> None:
    lab = make_lab(memory=0, disk=0)
    alive: dict[str, weakref.ref[Heavy]] = {}

    @node
    def make(name: str) -> Heavy:
        alive[name] = weakref.ref(value := Heavy())
        return value

    @node
    def use(heavy: Heavy, name: str, also: Heavy | None = None) -> Heavy:
        alive[name] = weakref.ref(value := Heavy())
        return value

    @node
    def look(after: Heavy) -> str:
        gc.collect()
        return " ".join(sorted(name for name, each in alive.items() if each() is not None))

    lab.add(make, use, look, Heavy=Heavy)
    result = lab.run({
        "m": ("Make", {"name": "made"}),
        "u1": ("Use", {"heavy": "m.heavy", "name": "first"}),
        "u2": ("Use", {"heavy": "u1.heavy", "also": "m.heavy", "name": "second"}),
        "u3": ("Use", {"heavy": "u2.heavy", "name": "third"}),
        "l": ("Look", {"after": "u3.heavy"}),
    }, targets=["l"])  # fmt: skip
    assert result.outputs == {"l": {"text": "third"}}
    gc.collect()
    assert [name for name, each in alive.items() if each() is not None] == []


def test_a_target_keeps_its_output(make_lab: Callable[..., Any]) -> None:
    @node
    def make() -> Heavy:
        return Heavy()

    @node
    def use(heavy: Heavy) -> str:
        return "used"

    lab = make_lab(memory=0, disk=0).add(make, use, Heavy=Heavy)
    result = lab.run({"m": "Make", "u": ("Use", {"heavy": "m.heavy"})}, targets=["m", "u"])
    assert isinstance(result.outputs["m"]["heavy"], Heavy)


def test_one_branch_is_finished_before_the_next_one_begins(make_lab: Callable[..., Any]) -> None:
    lab, order = make_lab(memory=0, disk=0), []

    @node
    def step(name: str, after: str = "") -> str:
        order.append(name)
        return name

    lab.add(step).make_executor(cpu=1)
    nodes: dict[str, Any] = {f"load{i}": ("Step", {"name": f"load{i}"}) for i in range(5)}
    nodes |= {f"save{i}": ("Step", {"name": f"save{i}", "after": f"load{i}.text"}) for i in range(5)}
    lab.run(nodes)
    assert order == [f"{what}{i}" for i in range(5) for what in ("load", "save")]


def test_lists_and_objects_belong_to_whoever_gets_them(lab: Any) -> None:
    @node
    def shape(data: JsonValue) -> JsonValue:
        assert isinstance(data, dict)
        data["seen"] = True
        return data

    plan = lab.add(shape).plan(
        {"a": ("Shape", {"data": {"x": [1]}}), "b": ("Shape", {"data": "a.json"}), "c": ("Shape", {"data": "a.json"})},
        ["a", "b", "c"],
    )
    result = lab.executor.run_sync(plan)
    assert plan["a"].values == {"data": {"x": [1]}}
    outputs = [result.outputs[name]["json"] for name in "abc"]
    assert outputs == [{"x": [1], "seen": True}] * 3
    assert outputs[0] is not outputs[1]
