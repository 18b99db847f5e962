"""Ten thousand nodes: no recursion, and work in proportion, counted in lines executed so that no clock is asked."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from nodeflow.executor import Executor
from nodeflow.node import node

MANY = 10_000


@node
def number(value: int = 0) -> int:
    return value


@node
def add(a: int, b: int = 1) -> int:
    return a + b


def chain(length: int) -> dict[str, Any]:
    nodes: dict[str, Any] = {"n0": "Number"}
    nodes |= {f"n{place}": ("Add", {"a": f"n{place - 1}.integer"}) for place in range(1, length)}
    return nodes


def wide(length: int) -> dict[str, Any]:
    """One node that all others need, and one that needs two of them."""
    nodes: dict[str, Any] = {"n0": "Number"}
    nodes |= {f"n{place}": ("Add", {"a": "n0.integer", "b": place}) for place in range(1, length - 1)}
    return {**nodes, "last": ("Add", {"a": "n1.integer", "b": f"n{length - 2}.integer"})}


def test_a_chain(make_lab: Callable[..., Any]) -> None:
    lab = make_lab(disk=0).add(number, add)
    plan = lab.plan(chain(MANY))
    result = lab.executor.run_sync(plan)
    assert result.outputs == {f"n{MANY - 1}": {"integer": MANY - 1}}
    again = lab.executor.run_sync(plan)
    assert {report.state for report in again.steps.values()} == {"cached"}


def test_a_chain_whose_first_node_fails(make_lab: Callable[..., Any]) -> None:
    @node
    def fail() -> int:
        raise ValueError

    lab = make_lab(memory=0, disk=0).add(number, add, fail)
    result = lab.run({**chain(MANY), "n0": "Fail"})
    states = [report.state for report in result.steps.values()]
    assert (result.state, states.count("skipped")) == ("failed", MANY - 1)


def test_a_long_chain_that_is_on_disk_and_broken_at_its_end(make_lab: Callable[..., Any]) -> None:
    """Every entry is damaged, so each one is found out in turn, from the last to the first."""
    lab = make_lab(memory=0).add(number, add)
    nodes = chain(300)
    first = lab.run(nodes)
    for path in (lab.root / "cache").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-40])
    assert lab.run(nodes).outputs == first.outputs
    assert {report.state for report in lab.run(nodes).steps.values()} == {"cached"}


@contextmanager
def counted() -> Iterator[list[int]]:
    """Counts lines of Python, in this thread and in those that begin inside."""
    lines = [0]

    def count(frame: Any, event: str, arg: Any) -> Any:
        lines[0] += event == "line"
        return count

    threading.settrace(count)
    sys.settrace(count)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)


@pytest.mark.parametrize("shape", [chain, wide])
@pytest.mark.parametrize("tiers", [{"disk": 0}, {"memory": 0}, {"memory": 0, "disk": 0}])
def test_cost_grows_linearly(
    make_lab: Callable[..., Any], shape: Callable[[int], dict[str, Any]], tiers: dict[str, int]
) -> None:
    """Compiled, run cold, and run again, at two sizes: four times the nodes, at most about four times the lines."""
    lab = make_lab(**tiers).add(number, add)
    costs: dict[str, list[int]] = {"cold": [], "again": [], "explained": []}
    for length in (100, 400):
        lab.cache.clear()
        for name in costs:
            if name == "explained":
                lab.cache.clear()
            # New threads, which the count sees.
            executor: Executor = lab.make_executor()
            with counted() as lines:
                executor.run_sync(lab.plan(shape(length)), explain=name == "explained")
            costs[name].append(lines[0])
    for name, (few, many) in costs.items():
        assert many < 4.4 * few, name
