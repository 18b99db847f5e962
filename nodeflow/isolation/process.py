"""The process of an isolated plugin as we see it: started when it is needed, spoken to, replaced when it dies."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from nodeflow.context import Cancelled, Context
from nodeflow.errors import ConfigError
from nodeflow.isolation import crossing
from nodeflow.isolation.errors import ProcessDied, elsewhere
from nodeflow.isolation.link import Link, Lost, Message
from nodeflow.spec import NodeSpec
from nodeflow.types import File, WireType

LISTEN = 0.1
"""Seconds between two looks at whether a call was cancelled, while the process says nothing."""
START = 120.0
"""Seconds that a plugin has to be imported."""
EXIT = 3.0
"""Seconds that a process has to end when told to."""

log = logging.getLogger("nodeflow.plugins")


@dataclass
class Running:
    """A process that runs, and our end of the connection."""

    process: subprocess.Popen[bytes]
    link: Link

    def end(self) -> None:
        """Let it end by itself, and by force if it does not."""
        with suppress(Lost):
            self.link.send({"do": "stop"})
        try:
            self.process.wait(EXIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.link.close()


@dataclass
class PluginProcess:
    """Runs the nodes of one plugin, one at a time. `python` is the interpreter, `opening` says what it imports."""

    name: str
    python: Path
    opening: Message
    grace: float = 10.0
    specs: Mapping[str, NodeSpec] = field(default_factory=dict)
    types: Mapping[str, WireType] = field(default_factory=dict)
    _running: Running | None = None
    _calls: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def describe(self) -> Message:
        """What the plugin brings. Raises what keeps it from being imported there, and ProcessDied."""
        with self._turn:
            self._end()
            told = self._started()
            self._end()
            return told

    def environment(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """What `nodeflow_environment` gives there. Raises what it raises."""
        with self._turn:
            running = self._at_hand()
            answer = self._told(running, {"do": "environment", "settings": dict(settings)}, START)
            found: Mapping[str, str] = answer["environment"]
            return found

    def run(self, type_name: str, inputs: Mapping[str, Any], ctx: Context) -> Mapping[str, Any]:
        """The outputs of a node. Raises what the node raises under its own name, Cancelled, and ProcessDied."""
        with self._taken(ctx), crossing.folder(inputs) as folder:
            running = self._at_hand()
            ports = self.specs[type_name].inputs
            crossing.write(folder / "inputs", inputs, {name: ports[name].type for name in inputs}, self.types)
            self._calls += 1
            call = self._calls
            withdraw = ctx.cancellation.on_cancel(lambda: self._cancel(running, call))
            try:
                running.link.send(self._request(type_name, ctx, call, folder))
                answer = self._followed(running, ctx, folder)
            except Lost:
                raise self._dead() from None
            finally:
                withdraw()
            ctx.check()
            ctx.saved.extend(_file(each) for each in answer["artifacts"])
            return crossing.read(folder / "outputs", self.types)

    def close(self) -> None:
        """End the process; it is started anew when it is needed again."""
        with self._turn:
            self._end()

    @contextmanager
    def _taken(self, ctx: Context) -> Iterator[None]:
        """Wait for the turn, but not longer than the run is wanted."""
        while not self._turn.acquire(timeout=LISTEN):
            ctx.check()
        try:
            ctx.check()
            yield
        finally:
            self._turn.release()

    def _at_hand(self) -> Running:
        if self._running is not None and self._running.process.poll() is not None:
            self._end()
        if self._running is None:
            self._started()
        assert self._running is not None
        return self._running

    def _started(self) -> Message:
        ours, theirs = multiprocessing.Pipe()
        command = [str(self.python), "-P", "-m", "nodeflow.isolation", str(theirs.fileno())]
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own module)
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self._running = Running(process, Link(ours))
        try:
            return self._told(self._running, {"do": "open", **self.opening}, START)
        except BaseException:
            self._end()
            raise

    def _told(self, running: Running, message: Message, seconds: float) -> Message:
        """The answer to a message. Raises what it tells of, and ProcessDied."""
        try:
            running.link.send(message)
            answer = self._heard(running, seconds)
        except Lost:
            raise self._dead() from None
        if answer is None:
            self._end(force=True)
            raise ProcessDied(f"the process of plugin {self.name!r} did not answer within {seconds:g} s")
        return _good(answer)

    def _followed(self, running: Running, ctx: Context, folder: Path) -> Message:
        """The last message of a call, after those in between were dealt with."""
        deadline: float | None = None
        while True:
            message = self._heard(running, LISTEN, ctx)
            if ctx.cancellation.cancelled and deadline is None:
                deadline = monotonic() + self.grace
            if message is None:
                if deadline is not None and monotonic() > deadline:
                    log.warning("plugin %r did not stop within %g s; its process is replaced", self.name, self.grace)
                    self._end(force=True)
                    raise Cancelled("the run was cancelled")
                continue
            match message["say"]:
                case "progress":
                    self._progress(running, ctx, message, folder)
                case "document":
                    running.link.send({"do": "answer", "document": ctx.provenance()})
                case _:
                    return _good(message)

    def _heard(self, running: Running, seconds: float, ctx: Context | None = None) -> Message | None:
        """The next message but for warnings, which are handed on; those of a thread that outlived its node are not."""
        while (message := running.link.receive(seconds)) is not None and message["say"] == "warning":
            if ctx is not None and ctx.warn is not None and message["call"] == self._calls:
                ctx.warn(message["message"])
        return message

    def _progress(self, running: Running, ctx: Context, message: Message, folder: Path) -> None:
        """Hand on how far it is; a picture is fetched only if somebody looks."""
        shown = False

        def picture() -> Any:
            nonlocal shown
            shown = True
            running.link.send({"do": "answer", "show": True})
            answer = self._heard(running, START, ctx)
            if answer is None or not answer["made"]:
                raise ProcessDied("there is no picture")
            return crossing.read(folder / "preview", self.types)["image"]

        if ctx.report is not None:
            ctx.report(message["done"], message["total"], picture if message["preview"] else None)
        # A second answer, to the picture, where there was one.
        running.link.send({"do": "answer", "show": False})

    def _request(self, type_name: str, ctx: Context, call: int, folder: Path) -> Message:
        folders: Any = ctx.folders
        store: Any = ctx.store
        memo = getattr(folders, "memo", None)
        return {
            "do": "run",
            "call": call,
            "type": type_name,
            "folder": str(folder),
            "node_id": ctx.node_id,
            "run_id": ctx.run_id,
            "settings": dict(ctx.settings),
            "store": None if store is None else str(store.folder),
            "memo": None if memo is None else str(memo),
            "folders": [
                {"kind": each.kind, "path": str(each.path), "suffixes": list(each.suffixes)}
                for each in getattr(folders, "folders", ())
            ],
        }

    def _cancel(self, running: Running, call: int) -> None:
        with suppress(Lost):
            running.link.send({"do": "cancel", "call": call})

    def _dead(self) -> ProcessDied:
        """How the process ended, now that it has."""
        running = self._running
        assert running is not None
        try:
            code = running.process.wait(EXIT)
        except subprocess.TimeoutExpired:
            running.process.kill()
            code = running.process.wait()
        self._end()
        how = f"died of signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exited with code {code}"
        return ProcessDied(f"the process of plugin {self.name!r} {how}; another one is started for the next node")

    def _end(self, *, force: bool = False) -> None:
        if self._running is not None:
            if force:
                self._running.process.kill()
            self._running.end()
            self._running = None


def _good(answer: Message) -> Message:
    """The answer, or what it tells of, raised."""
    if answer["say"] == "cancelled":
        raise Cancelled("the run was cancelled")
    if answer["say"] == "raised":
        if answer["error"] == "ConfigError":
            raise ConfigError(answer["message"])
        raise elsewhere(answer)
    return answer


def _file(said: Mapping[str, Any]) -> File:
    return File(**said)
