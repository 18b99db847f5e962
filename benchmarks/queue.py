"""What durable runs cost, without HTTP: accepting, listing, cancelling, coming back, and a run that is all cached."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.table import Table
from nodeflow.config import Config
from nodeflow.queue.records import NewRun
from nodeflow.worker.service import Service

GRAPH: dict[str, Any] = {
    "nodeflow": 1,
    "nodes": {
        "first": {"type": "IntegerMath", "values": {"a": 1, "b": 2}},
        "second": {"type": "IntegerMath", "values": {"b": 3}, "links": {"a": "first.integer"}},
    },
}
WAITING = 5_000
SUBMITTERS = 64
ROUNDS = 50


async def timed(work: Callable[[], Awaitable[object]], rounds: int = 1) -> float:
    """The median of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        await work()
        times.append(perf_counter() - start)
    return statistics.median(times)


async def accept(service: Service) -> list[list[str]]:
    """Thousands of runs, accepted one by one and many at a time."""
    share = WAITING // SUBMITTERS

    async def submit(count: int) -> None:
        for _ in range(count):
            await service.submit([NewRun(graph=GRAPH)])

    async def together() -> None:
        await asyncio.gather(*(submit(share) for _ in range(SUBMITTERS)))

    alone = await timed(lambda: submit(1), rounds=100)
    seconds = await timed(together)
    batch = await timed(lambda: service.submit([NewRun(graph=GRAPH)] * WAITING))
    return [
        ["one run accepted, on disk", milliseconds(alone)],
        [f"runs accepted a second, {SUBMITTERS} clients at once", f"{share * SUBMITTERS / seconds:,.0f}"],
        [f"{WAITING:,} runs accepted as one batch", milliseconds(batch)],
    ]


async def look(service: Service) -> list[list[str]]:
    """Into a long queue."""
    newest = (await service.runs(limit=1)).items[0].id
    return [
        ["first page of the list, 50 runs", milliseconds(await timed(lambda: service.runs(), ROUNDS))],
        ["first page of the queue", milliseconds(await timed(lambda: service.runs(order="queue"), ROUNDS))],
        ["one run, with its position", milliseconds(await timed(lambda: service.run(newest), ROUNDS))],
        ["cancel one", milliseconds(await timed(lambda: service.cancel(newest), ROUNDS))],
    ]


async def cached(service: Service) -> list[list[str]]:
    """A run of which everything is in the cache, from handing it in until it is known to have ended."""

    async def once() -> None:
        (run,) = (await service.submit([NewRun(graph=GRAPH)])).runs
        assert (await service.wait(run.id, 60)).state == "succeeded"

    await once()
    return [["submit a cached graph and wait for its end", milliseconds(await timed(once, 10 * ROUNDS))]]


async def measure(config: Config) -> list[list[str]]:
    """All rows."""
    service = Service(config)
    await service.start()
    while not service.health().ok:
        await asyncio.sleep(0.01)
    rows = await cached(service)
    await service.pause()
    rows += await accept(service)
    rows += await look(service)
    await service.stop()
    again = Service(config)
    rows.append([f"start again with {2 * WAITING:,} runs waiting", milliseconds(await timed(again.start))])
    rows.append(["cancel all of them", milliseconds(await timed(lambda: again.cancel_all()))])
    await again.stop()
    return rows


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


def main() -> Table:
    """Medians; every run that is accepted is on disk before the answer."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        config = Config(data_dir=root / "data", cache_dir=root / "cache", disabled_plugins=("diffusion", "training"))
        rows = asyncio.run(measure(config))
    return Table(
        "The queue",
        "The service called in its own process, without HTTP. What is accepted is on the disk (fsync) before the "
        "answer, so the disk decides; many that come at once share one write.",
        ["what", "median"],
        rows,
    )
