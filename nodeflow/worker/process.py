"""A worker process as the service sees it: started, spoken to, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psutil

from nodeflow.config import Config
from nodeflow.worker.frames import LOST, FrameError, Frames, frame
from nodeflow.worker.printed import Printed

PIECE = 1 << 16
WAITING = 4
"""Pieces that wait to be dealt with; then the worker waits."""
SILENCE = 5.0
"""Seconds without a sign of life after which a worker is not responsive."""
WATCH_EVERY = 0.1
"""Seconds between two looks at the worker's memory."""
FAMILY_EVERY = 10
"""Looks between two that take in what the worker has started."""
DRAIN = 1.0
"""Seconds that what it has said last may take to arrive after its end."""
EXIT = 5.0
"""Seconds that a process has to end when told to."""

LOST_CONNECTION = "lost its connection to the service"

Message = Mapping[str, Any]
Complain = Callable[[str, logging.Logger], None]
"""Tells, in a log, what is wrong with plugins or settings, unless that was told already."""


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended. `code` is that of the run's error, `how` goes on from "its worker"."""

    code: str
    how: str


class Process:
    """One worker process. It is ready when `ready` is set, and gone when `ended` is."""

    def __init__(self, name: str, config: Config, device: str, memory: int, complain: Complain) -> None:
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        self.inbox: asyncio.Queue[list[Message] | None] = asyncio.Queue(WAITING)
        self.pid: int | None = None
        self.rss: int | None = None
        self.environment: Mapping[str, str] = {}
        self._config = config.model_copy(update={"device": device})
        self._memory = memory
        self._heard = monotonic()
        self._log = logging.getLogger(f"nodeflow.{name}")
        self._complain = complain
        self._printed = Printed(self._log)
        self._killed_for: Death | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def responsive(self) -> bool:
        """Whether it has said lately that it lives."""
        return monotonic() - self._heard < SILENCE

    @property
    def printed(self) -> str:
        """The last lines that it printed."""
        return self._printed.last

    async def start(self) -> None:
        """Start it. It says itself when it is ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "nodeflow.worker",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        ours.settimeout(0)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._read(reader)),
            loop.create_task(self._printed.read(self._process.stdout)),
            loop.create_task(self._printed.read(self._process.stderr)),
            loop.create_task(self._watch()),
            loop.create_task(self._reap()),
        ]
        self.say({"do": "start", "config": self._config.model_dump(mode="json")})

    def say(self, message: Message) -> None:
        """Send a message; one to a process that is gone, or not yet there, is lost."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame(message))

    def kill(self, death: Death | None = None) -> None:
        """End it by force, with all that it has started; what it died of is what is given here first."""
        self._killed_for = self._killed_for or death
        process = self._process
        if process is not None and process.stdin is not None:
            # Its guardian takes this for our end.
            process.stdin.close()

    async def stop(self) -> None:
        """Let it end by itself, and by force if it does not."""
        self.say({"do": "stop"})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), EXIT)
        await self.close()

    async def close(self) -> None:
        """Make sure that it is gone, and let go of everything."""
        self.kill()
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), EXIT)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def death(self) -> Death:
        """How it ended; waits until it has, and sees to it that it does."""
        assert self._process is not None
        try:
            code = await asyncio.wait_for(self._process.wait(), DRAIN)
        except TimeoutError:
            self.kill(Death("worker_died", LOST_CONNECTION))
            code = await self._process.wait()
        # What it printed last is on its way; somebody it has started may hold the pipe, so this waits no longer.
        await asyncio.wait(self._tasks[1:3], timeout=DRAIN)
        return self._killed_for or Death("worker_died", _ending(code))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = Frames()
        # One that ended before it had read everything resets the connection; how it ended says more.
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                self._heard = monotonic()
                if messages := list(self._messages(frames, piece)):
                    await self.inbox.put(messages)
        self.ended.set()
        await self.inbox.put(None)

    def _messages(self, frames: Frames, piece: bytes) -> Iterator[Message]:
        """What is said about a run. Who says what is no message is ended."""
        try:
            for message in frames.feed(piece):
                if not self._own(message):
                    yield message
        except FrameError as error:
            self.kill(Death("worker_died", f"{LOST_CONNECTION}: {error}"))

    async def _reap(self) -> None:
        """See its end also when somebody it has started keeps the connection open."""
        assert self._process is not None
        assert self._writer is not None
        await self._process.wait()
        try:
            await asyncio.wait_for(self.ended.wait(), DRAIN)
        except TimeoutError:
            self._writer.close()

    def _own(self, message: Message) -> bool:
        """Deal with what is not about a run."""
        match message.get("say"):
            case "alive":
                return True
            case "ready":
                self.pid = message["pid"]
                self.environment = message["environment"]
                self.ready.set()
                return True
            case "complaint":
                self._complain(message["text"], self._log)
                return True
            case _:
                return False

    async def _watch(self) -> None:
        """End it when it takes too much memory, before the system has to end somebody."""
        await self.ready.wait()
        look = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            worker = psutil.Process(self.pid)
            family = 0
            while True:
                if look % FAMILY_EVERY == 0:
                    family = await asyncio.to_thread(_family, worker)
                look += 1
                self.rss = worker.memory_info().rss + family
                if self.rss > self._memory:
                    self.kill(
                        Death(
                            "out_of_memory",
                            f"took {self.rss >> 20} MiB of memory, more than the {self._memory >> 20} MiB it may "
                            "(worker_memory)",
                        )
                    )
                await asyncio.sleep(WATCH_EVERY)


def _ending(code: int) -> str:
    """How a process ended, by its exit code or, if negative, by a signal."""
    if code == LOST:
        return LOST_CONNECTION
    if code >= 0:
        return f"exited with code {code}"
    more = ", by somebody or by the system for want of memory" if -code == signal.SIGKILL else ""
    return f"died of signal {-code} ({signal.Signals(-code).name}){more}"


def _family(worker: psutil.Process) -> int:
    """Bytes of all that a process has started."""
    total = 0
    for each in worker.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += each.memory_info().rss
    return total
