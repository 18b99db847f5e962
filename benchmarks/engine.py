"""What nodeflow itself costs a node: compiling, running cold, and a run that is all cached."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.table import Table, seconds
from nodeflow.cache import Cache
from nodeflow.executor import Executor
from nodeflow.graph import Graph, parse
from nodeflow.plan import Plan, compile  # noqa: A004 (it is what it is called)
from nodeflow.plugins import load_plugins
from nodeflow.registry import Registry

SIZES = (100, 1_000, 10_000)


def chain(count: int) -> dict[str, Any]:
    """Each node adds 1 to the one before it."""
    nodes: dict[str, Any] = {"n0": {"type": "IntegerMath", "values": {"a": 0, "b": 1}}}
    for i in range(1, count):
        nodes[f"n{i}"] = {"type": "IntegerMath", "values": {"b": 1}, "links": {"a": f"n{i - 1}.integer"}}
    return {"nodeflow": 1, "nodes": nodes}


def wide(count: int) -> dict[str, Any]:
    """All nodes but one take the same one."""
    nodes: dict[str, Any] = {"n0": {"type": "IntegerMath", "values": {"a": 0, "b": 1}}}
    for i in range(1, count):
        nodes[f"n{i}"] = {"type": "IntegerMath", "values": {"b": i}, "links": {"a": "n0.integer"}}
    return {"nodeflow": 1, "nodes": nodes}


def measure(document: Mapping[str, Any], registry: Registry, folder: Path) -> tuple[float, float, float]:
    """Seconds of parsing and compiling, of a cold run, and of compiling and running it again, all cached."""
    cache = Cache(1 << 30, folder, 1 << 30, registry.types)
    executor = Executor(registry, cache=cache)
    made: list[Plan] = []

    def plan() -> Plan:
        graph: Graph = parse(document)
        made.append(compile(graph, registry, targets=list(graph.nodes)))
        return made[-1]

    def run() -> None:
        result = executor.run_sync(made[-1])
        assert result.state == "succeeded", result.error

    def again() -> None:
        plan()
        run()

    compiled = min(seconds(plan) for _ in range(3))
    cold = seconds(run)
    cached = min(seconds(again) for _ in range(3))
    return compiled, cold, cached


def main(sizes: tuple[int, ...] = SIZES) -> Table:
    """Microseconds a node, every node being a target, so that none is left out of a cached run."""
    registry = load_plugins().registry
    shapes: dict[str, Callable[[int], dict[str, Any]]] = {"chain": chain, "wide": wide}
    rows = []
    for name, shape in shapes.items():
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                times = measure(shape(size), registry, Path(folder))
            rows.append([name, f"{size:,}", *(f"{time / size * 1e6:.0f} µs" for time in times)])
    return Table(
        "The engine's cost a node",
        "Nodes that add two whole numbers, so nothing but the engine is measured. A cold run stores every result on "
        "disk; the cached column parses, checks, keys and runs the graph again.",
        ["graph", "nodes", "parse and compile", "cold run", "compile and cached run"],
        rows,
    )
