"""What the HTTP API costs: submissions, a run of a cached graph from POST to done, a page of a listing."""

from __future__ import annotations

import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from aiohttp import ClientSession

from benchmarks.table import Table

GRAPH: Mapping[str, Any] = {
    "nodeflow": 1,
    "nodes": {"sum": {"type": "IntegerMath", "values": {"a": 40, "b": 2}}},
    "inputs": {"a": "sum.a"},
}
Ask = Callable[..., Awaitable[Any]]

AT_ONCE = 64
SUBMITTED = 2000
QUEUED = 5000


@contextmanager
def server() -> Iterator[str]:
    """A server with data of its own; its address."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "settings.toml")
        config.write_text('data_dir = "data"\ncache_dir = "cache"\n')
        command = [sys.executable, "-m", "nodeflow", "serve", "--port", "0", "--config", str(config), "--log", "json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


async def median(times: int, work: Callable[[], Awaitable[object]]) -> float:
    """Seconds, after one call that does not count."""
    await work()
    taken = []
    for _ in range(times):
        begun = perf_counter()
        await work()
        taken.append(perf_counter() - begun)
    return statistics.median(taken)


async def cached(session: ClientSession, ask: Ask, times: int = 200) -> list[list[str]]:
    """A run of a cached graph: until its answer, of that its own time, and until its end is told of."""
    held: list[float] = []

    async def done() -> None:
        run = await ask("POST", "/v1/runs?wait=60", {"graph": GRAPH})
        held.append(run["finished"] - run["started"])

    answered = await median(times, done)
    async with session.get("/v1/events") as events:
        ends: list[float] = []

        async def heard() -> None:
            async for line in events.content:
                if line == b"event: run_finished\n":
                    ends.append(perf_counter())
                    return

        begun = []
        for _ in range(times):
            begun.append(perf_counter())
            await asyncio.gather(heard(), ask("POST", "/v1/runs", {"graph": GRAPH}))
    told = statistics.median(end - begin for begin, end in zip(begun, ends, strict=True))
    return [
        ["POST to done, everything cached (median)", f"{answered * 1e3:.1f} ms"],
        ["of it, from its claim to its end", f"{statistics.median(held) * 1e3:.1f} ms"],
        ["POST to its end on a stream of events that is open (median)", f"{told * 1e3:.1f} ms"],
    ]


async def measure(url: str, submitted: int, queued: int) -> list[list[str]]:
    """Rows of the table."""
    async with ClientSession(url) as session:

        async def ask(method: str, path: str, body: Any = None) -> Any:
            async with session.request(method, path, json=body) as response:
                assert response.status < 300, await response.text()
                return await response.json()

        rows = await cached(session, ask)
        await ask("POST", "/v1/queue/pause")
        room = asyncio.Semaphore(AT_ONCE)

        async def submit() -> None:
            async with room:
                await ask("POST", "/v1/runs", {"graph": GRAPH})

        begun = perf_counter()
        await asyncio.gather(*(submit() for _ in range(submitted)))
        rate = submitted / (perf_counter() - begun)
        begun = perf_counter()
        await ask("POST", "/v1/runs", {"graph": GRAPH, "batch": {"product": {"a": list(range(queued))}}})
        batch = perf_counter() - begun
        first = await median(50, lambda: ask("GET", "/v1/runs"))
        order = await median(50, lambda: ask("GET", "/v1/runs?order=queue"))
        begun = perf_counter()
        await ask("POST", "/v1/queue/cancel", {})
        cancel = perf_counter() - begun
    return [
        *rows,
        [f"durable submissions, {AT_ONCE} at once", f"{rate:.0f} a second"],
        [f"a batch of {queued:,} runs", f"{batch:.2f} s"],
        [f"first page of {submitted + queued:,} runs (median)", f"{first * 1e3:.1f} ms"],
        ["first page in the order of the queue (median)", f"{order * 1e3:.1f} ms"],
        ["cancelling all of them", f"{cancel:.2f} s"],
    ]


def main(submitted: int = SUBMITTED, queued: int = QUEUED) -> Table:
    """The real server in a process of its own, asked over loopback by one Python client on the same machine."""
    with server() as url:
        rows = asyncio.run(measure(url, submitted, queued))
    note = "The real server over loopback; client, server and worker share the machine. Accepted means on disk."
    return Table("The HTTP API", note, ["what", "took"], rows)
