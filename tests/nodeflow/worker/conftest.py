"""A service in a folder of its own, and a plugin whose nodes do everything a node must not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nodeflow.config import Config
from nodeflow.queue.records import Envelope, NewRun, Run
from nodeflow.worker.process import Complain
from nodeflow.worker.service import Service

PATIENCE = 180.0
"""Seconds that a test waits for what must come, however busy the machine."""

PLUGIN = '''
"""Nodes for tests: some work, the others misbehave."""

import asyncio
import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np

from nodeflow import Context, Field, File, Image, JsonValue, hookimpl, node


@node(category="test")
def text(value: str = "") -> str:
    """Give a text."""
    return value


@node(category="test")
def note(ctx: Context, text: str, sign: str = "") -> File:
    """Save a text, and leave a mark each time this is really done."""
    if sign:
        with open(sign, "a") as marks:
            marks.write("x")
    return ctx.save(text.encode(), "note.txt", "text/plain")


@node(category="test")
def count(ctx: Context, to: int, seconds: float = 0.0, drawn: str = "") -> int:
    """Count, telling how far it is, with a picture each time, and leave a sign when somebody wants it."""
    def picture() -> Image:
        if drawn:
            Path(drawn).touch()
        return Image(np.full((1, 8, 8, 3), done / to, np.float32))

    for done in range(to):
        ctx.progress(done + 1, to, picture)
        time.sleep(seconds)
    return to


@node(category="test", cacheable=False)
def wait(ctx: Context, sign: str = "") -> str:
    """Leave a sign, then wait until cancelled."""
    if sign:
        Path(sign).touch()
    while True:
        ctx.check()
        time.sleep(0.005)


@node(category="test", cacheable=False)
def loop(how: str, sign: str) -> str:
    """Leave a sign, then never end: in Python, or in C without ever letting another thread run."""
    Path(sign).touch()
    if how == "c":
        ctypes.PyDLL(None).sleep(10_000)
    while True:
        time.sleep(0.01)


@node(category="test", cacheable=False)
def misbehave(how: str) -> str:
    """Go wrong in one way or another."""
    match how:
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "exit":
            sys.exit(3)
        case "_exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), 9)
        case "raise":
            raise ValueError("as it was told to " + chr(0xDC80))
        case "allocate":
            # Twice what it may have: who looks late must not find a machine without memory.
            kept = [bytearray(os.urandom(1 << 20) * 8) for _ in range(100)]
            time.sleep(10_000)
        case "close":
            os.closerange(3, 1000)
            time.sleep(10_000)
        case "shout":
            for line in range(40):
                print("x" * 99_999, line)
                os.write(2, b"y" * 100_000)
        case "garbage":
            for descriptor in range(3, 100):
                try:
                    if os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket"):
                        os.write(descriptor, b"this is no message\\n")
                except OSError:
                    pass
            time.sleep(10_000)
    return how


@node(category="test", cacheable=False)
async def leave() -> str:
    """Start a task that ends the event loop, and wait for it."""
    async def exits() -> None:
        sys.exit(3)
    await asyncio.gather(exits(), asyncio.sleep(10_000))
    return ""


@node(category="test", cacheable=False)
def spawn(sign: str) -> str:
    """Start a process that outlives everybody, say who it is, and wait for ever."""
    started = subprocess.Popen(["sleep", "10000"])
    Path(sign).write_text(f"{os.getpid()} {started.pid}")
    while True:
        time.sleep(0.01)


@node(category="test")
def settings(ctx: Context) -> JsonValue:
    """What nodes know of the settings."""
    return dict(ctx.settings)


@hookimpl
def nodeflow_nodes():
    """The nodes."""
    return [text, note, count, wait, loop, misbehave, leave, spawn, settings]
'''


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installs the plugin where child processes find it."""
    site = tmp_path / "site"
    about = site / "nodeflow_naughty-1.2.dist-info"
    about.mkdir(parents=True)
    (site / "nodeflow_naughty.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nodeflow-naughty\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[nodeflow]\nnaughty = nodeflow_naughty\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    for name in [name for name in os.environ if name.startswith("NODEFLOW_")]:
        monkeypatch.delenv(name)
    return site


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings without the packs and plugins that are installed, which would only make workers slower to start."""
    return Config(
        data_dir=tmp_path / "data",
        cache_dir=tmp_path / "cache",
        disabled_plugins=tuple(entry.name for entry in entry_points(group="nodeflow")),
        worker_grace=0.5,
        devices=("cpu",),
    )


Starter = Callable[..., Any]


@pytest_asyncio.fixture
async def start(config: Config) -> AsyncIterator[Starter]:
    """Starts services, and stops those that the test has left running."""
    services: list[Service] = []

    async def start(complain: Complain | None = None, **changed: Any) -> Service:
        service = Service(config.model_copy(update=changed), complain=complain)
        await service.start()
        services.append(service)
        return service

    yield start
    for service in services:
        await service.stop(0)


def graph(type_name: str, **values: Any) -> dict[str, Any]:
    """A graph of one node, `n`."""
    return {"nodeflow": 1, "nodes": {"n": {"type": f"naughty/{type_name}", "values": values}}}


async def submit(service: Service, *graphs: Mapping[str, Any], **options: Any) -> list[str]:
    """Submits a run of each graph; their ids."""
    submitted = await service.submit([NewRun(graph=each, **options) for each in graphs])
    return [run.id for run in submitted.runs]


async def carried_out(service: Service, *graphs: Mapping[str, Any], **options: Any) -> list[Run]:
    """What came of a run of each graph."""
    ids = await submit(service, *graphs, **options)
    return [await service.wait(run_id, PATIENCE) for run_id in ids]


async def until(there: Callable[[], Any]) -> Any:
    """What `there` gives as soon as it gives something."""
    async with asyncio.timeout(PATIENCE):
        while not (found := there()):
            await asyncio.sleep(0.01)
        return found


async def told(service: Service, run_id: str) -> Sequence[Envelope]:
    """Everything that was told of a run that has ended."""
    return [envelope async for envelope in service.subscribe(run=run_id)]
