"""The real server, as a process of its own with a plugin for tests, asked over real sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

PLUGIN = '''
"""A plugin for tests: nodes that wait, show, fail and save."""

import time
from pathlib import Path

import numpy as np

from nodeflow import Context, Image, Migration, hookimpl, node


@node(category="test")
def wait(ctx: Context, sign: str) -> int:
    """Wait until cancelled, or until a file is there."""
    while not Path(sign).exists():
        ctx.progress(0, 1)
        time.sleep(0.01)
    return 1


@node(category="test")
def show(ctx: Context, sign: str) -> int:
    """Show a red picture, time and again, until a file is there."""
    red = Image(np.full((1, 8, 8, 3), (1, 0, 0), dtype=np.float32))
    while not Path(sign).exists():
        ctx.progress(1, 2, preview=lambda: red)
        time.sleep(0.02)
    return 1


@node(category="test", version=2)
def double(number: int) -> int:
    """Twice a number."""
    return 2 * number


@node(category="test")
def total(numbers: list[int]) -> int:
    """The sum of whole numbers."""
    return sum(numbers)


@node(category="test")
def fail(message: str) -> int:
    """Fail with a message."""
    raise ValueError(message)


@node(category="test")
def warn(ctx: Context, message: str) -> str:
    """Warn of something."""
    ctx.log.warning("%s", message)
    return message


@node(category="test", output=True)
def note(ctx: Context, text: str, name: str = "note.txt", media_type: str = "text/plain") -> None:
    """Save a file."""
    ctx.save(text.encode(), name, media_type)


@hookimpl
def nodeflow_nodes():
    """The nodes."""
    return [wait, show, double, total, fail, warn, note]


@hookimpl
def nodeflow_migrations():
    """Double once called its input by another name."""
    return [Migration("Double", from_version=1, change=lambda old: old.rename_input("x", "number"))]
'''

SUM: Mapping[str, Any] = {
    "nodeflow": 1,
    "nodes": {"sum": {"type": "IntegerMath", "values": {"a": 40, "b": 2}}},
    "inputs": {"a": "sum.a", "b": "sum.b"},
}
ENDS_WITHIN = 150.0
"""Seconds, on a machine that has much else to do."""


def note(text: str, **values: str) -> dict[str, Any]:
    """A graph that saves a file."""
    return {"nodeflow": 1, "nodes": {"note": {"type": "acme/Note", "values": {"text": text, **values}}}}


def waiting(sign: Path) -> dict[str, Any]:
    """A graph that ends when it is cancelled, or a file is there."""
    return {"nodeflow": 1, "nodes": {"wait": {"type": "acme/Wait", "values": {"sign": str(sign)}}}}


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    process: subprocess.Popen[str]
    data: Path
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def raw(self, request: bytes, *, host: str = "127.0.0.1") -> bytes:
        """Send bytes as they are, and read all that is answered until the server closes the connection."""
        with socket.create_connection((host, self.port), timeout=ENDS_WITHIN) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def logged(self) -> list[dict[str, Any]]:
        """The log so far, but for a line that is still being written."""
        whole = self.log.read_bytes().rpartition(b"\n")[0].decode()
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


Serve = Callable[..., Any]


def environment(folder: Path) -> dict[str, str]:
    """The environment of a process that has the plugin `acme`, and the settings of nobody else."""
    site = folder / "site"
    about = site / "nodeflow_acme-1.2.dist-info"
    about.mkdir(parents=True)
    (site / "nodeflow_acme.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nodeflow-acme\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[nodeflow]\nacme = nodeflow_acme\n")
    config = folder / "settings.toml"
    config.write_text('data_dir = "data"\ncache_dir = "cache"\nkeep_events_days = 30.0\n')
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NODEFLOW_")}
    more = {"PYTHONPATH": str(site), "NODEFLOW_CONFIG": str(config), "OMP_NUM_THREADS": "1"}
    return {**inherited, **more}


@contextmanager
def serving(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server with its data in `folder`, from when it can be asked until it has ended cleanly."""
    found = dict(environ) if environ is not None else environment(folder)
    command = [sys.executable, "-m", "nodeflow", "serve", "--port", "0", "--log", "json", *arguments]
    log = folder / "log"
    with log.open("a") as errors:
        process = subprocess.Popen(command, env=found, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("nodeflow serves at "), log.read_text()
        yield Server(line.split()[-1], process, folder / "data", log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS_WITHIN) == 0, log.read_text()
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share: they may add to it, and leave nothing running or paused."""
    with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@dataclass(frozen=True)
class Told:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Asks a server."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def __call__(self, method: str, path: str, **more: Any) -> Told:
        async with self.session.request(method, self.url + path, allow_redirects=False, **more) as response:
            return Told(response.status, response.headers, await response.read())

    async def submit(self, graph: Mapping[str, Any], *, wait: float = 0, **more: Any) -> Told:
        """Have a graph run."""
        return await self("POST", f"/v1/runs?wait={wait:g}", json={"graph": graph, **more})

    async def done(self, graph: Mapping[str, Any], **more: Any) -> Any:
        """Have a graph run to its end; the run."""
        told = await self.submit(graph, wait=ENDS_WITHIN, **more)
        assert told.status == 200, told.body
        return told.json

    async def events(self, path: str, **more: Any) -> list[dict[str, Any]]:
        """Every event of a stream that ends."""
        told = await self("GET", path, **more)
        assert told.status == 200, told.body
        return [json.loads(line[6:]) for line in told.body.decode().splitlines() if line.startswith("data: ")]


@pytest.fixture
async def ask(server: Server) -> AsyncIterator[Caller]:
    async with ClientSession() as session:
        yield Caller(session, server.url)
