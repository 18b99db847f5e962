"""What a worker process does: carry out one run after the other, and listen meanwhile."""

from __future__ import annotations

import faulthandler
import io
import logging
import os
import queue
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodeflow import log_lines
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.context import Cancellation
from nodeflow.errors import NodeflowError
from nodeflow.executor import NodeFailed, Result
from nodeflow.graph import parse
from nodeflow.problems import GraphError
from nodeflow.worker.channel import Channel
from nodeflow.worker.frames import LOST
from nodeflow.worker.narration import Narration, cut
from nodeflow.worker.outputs import json_outputs

ALIVE_EVERY = 1.0
"""Seconds between two signs of life."""
PROBLEMS = 100
"""Problems of a graph that are told; a graph with more was not checked when it was submitted."""

log = logging.getLogger("nodeflow.worker")


@dataclass(frozen=True, slots=True)
class Job:
    """A run to carry out."""

    run_id: str
    graph: str
    targets: tuple[str, ...] | None
    cancellation: Cancellation = field(default_factory=Cancellation)


class Reload:
    """In the place of a job: load plugins anew that have changed."""


class Child:
    """One worker. The main thread runs graphs, another one hears what the service says."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._jobs: queue.SimpleQueue[Job | Reload | None] = queue.SimpleQueue()
        self._job: Job | None = None
        self._previews = threading.Event()

    def work(self) -> None:
        """Get ready, then carry out runs until told to stop."""
        messages = self._channel.messages()
        app = App(Config(**next(messages)["config"]), quiet=True)
        _ = app.environment, app.executor
        self._cache = app.cache
        threading.Thread(target=self._listen, args=(messages,), name="nodeflow-listener", daemon=True).start()
        threading.Thread(target=self._live, name="nodeflow-alive", daemon=True).start()
        self._complain(app)
        self._channel.send({"say": "ready", "pid": os.getpid(), "environment": app.environment})
        while (job := self._jobs.get()) is not None:
            match job:
                case Reload():
                    app = _renewed(app)
                    self._complain(app)
                case Job():
                    self._channel.send({"say": "finished", "run_id": job.run_id, **self._carry_out(app, job)})
        app.close()

    def _carry_out(self, app: App, job: Job) -> dict[str, Any]:
        narration = Narration(self._channel.send, self._previews)
        try:
            plan = app.plan(parse(job.graph), job.targets)
            result = app.executor.run_here(plan, listener=narration, cancel=job.cancellation, run_id=job.run_id)
        except GraphError as error:
            problems = [problem.dump() for problem in error.problems[:PROBLEMS]]
            return _failure(code="graph_invalid", message=cut(str(error)), problems=problems)
        except Exception as error:  # noqa: BLE001 - a defect of ours, or of a plugin, ends the run and not the worker
            return _failure(
                code="internal",
                message=cut(f"{type(error).__name__}: {error}"),
                error=type(error).__name__,
                traceback=cut(traceback.format_exc()),
            )
        return _outcome(result)

    def _complain(self, app: App) -> None:
        """Say what is wrong with plugins and settings; the service tells of it what nobody has told before."""
        for complaint in app.complaints:
            self._channel.send({"say": "complaint", "text": complaint})

    def _listen(self, messages: Iterator[Mapping[str, Any]]) -> None:
        try:
            for message in messages:
                self._hear(message)
        finally:
            # The service is gone, or a node has closed what is not its own. The guardian ends what we have started.
            os._exit(LOST)

    def _hear(self, message: Mapping[str, Any]) -> None:
        match message["do"]:
            case "run":
                targets = message["targets"]
                job = Job(message["run_id"], message["graph"], None if targets is None else tuple(targets))
                self._job = job
                self._show(wanted=message["previews"])
                self._jobs.put(job)
            case "cancel":
                if self._job is not None and self._job.run_id == message["run_id"]:
                    self._job.cancellation.cancel()
            case "previews":
                self._show(wanted=message["wanted"])
            case "forget":
                # At once: the run that goes on takes what it needs with it, and the next one is not heard before this.
                self._cache.memory.clear()
            case "reload":
                self._jobs.put(Reload())
            case "stop":
                self._jobs.put(None)

    def _show(self, *, wanted: bool) -> None:
        if wanted:
            self._previews.set()
        else:
            self._previews.clear()

    def _live(self) -> None:
        never = threading.Event()
        try:
            while not never.wait(ALIVE_EVERY):
                self._channel.send({"say": "alive"})
        finally:
            os._exit(LOST)


def _renewed(app: App) -> App:
    """The same with plugins as they are now, or as it was where that fails."""
    try:
        return app.renewed()
    except Exception:
        log.exception("plugins could not be loaded anew; all stays as it was")
        return app


def _outcome(result: Result) -> dict[str, Any]:
    return {
        "state": result.state,
        "seconds": result.seconds,
        "outputs": json_outputs(result.outputs),
        "error": None if result.error is None else _node_failure(result.error),
    }


def _node_failure(error: NodeFailed) -> dict[str, Any]:
    return {
        "code": "node_failed",
        "message": cut(str(error)),
        "node_id": error.node_id,
        "type": error.type,
        "input": error.input,
        "error": type(error.cause).__name__,
        "traceback": cut(error.trace),
    }


def _failure(**error: Any) -> dict[str, Any]:
    return {"state": "failed", "seconds": None, "outputs": {}, "error": error}


def _stands(connection: socket.socket) -> bool:
    """Whether a connection is open at our end: a node may have closed what is not its own, the loop's files as well."""
    try:
        connection.getpeername()
    except OSError:
        return False
    return True


def main(descriptor: int) -> None:
    """Work on the connection that the service has handed down, then end at once, whatever threads nodes have left."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    faulthandler.enable()
    # What a node prints is read by line; the last one shall not wait in a buffer when the process dies.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="replace")
    log_lines.configure()
    code = 0
    try:
        Child(Channel(connection)).work()
    except NodeflowError as error:
        sys.stderr.write(f"{error}\n")
        code = 1
    except BaseException:  # noqa: BLE001 - told on stderr, which the service keeps; a node's task may raise SystemExit
        traceback.print_exc()
        code = 1 if _stands(connection) else LOST
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
