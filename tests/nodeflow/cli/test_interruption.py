"""Ctrl-C: the first asks the run to stop, the second does not ask; the terminal's own handler comes back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nodeflow.cli.interruption import cancelling

DEADLINE = 180.0

Write = Callable[..., Path]


class Running:
    """A run as a process, interrupted once its node has left a sign."""

    def __init__(self, arguments: list[str], environ: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "nodeflow", "run", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, start_new_session=True
        )

    def interrupt_at(self, sign: Path) -> None:
        """Send what Ctrl-C sends as soon as the sign is there."""
        end = time.monotonic() + DEADLINE
        while not sign.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f"no {sign} after {DEADLINE} s"
            time.sleep(0.01)
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, err


@pytest.fixture
def start(environ: Mapping[str, str]) -> Any:
    """Starts runs, and leaves none behind."""
    started: list[Running] = []

    def begin(*arguments: object) -> Running:
        started.append(Running([str(argument) for argument in arguments], environ))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.communicate()


def graph_of(kind: str, sign: Path) -> dict[str, Any]:
    """Two nodes that finish, and one that leaves a sign and does not end by itself."""
    return {
        "first": {"type": "IntegerMath", "values": {"a": 1, "b": 2}},
        "place": {"type": "FormatText", "values": {"template": str(sign)}, "links": {"a": "first.integer"}},
        "last": {"type": f"acme/{kind}", "links": {"sign": "place.text"}},
    }


def test_ctrl_c_stops_a_run_and_keeps_what_was_finished(
    start: Any, graph: Write, process: Callable[..., Any], tmp_path: Path
) -> None:
    path = graph(graph_of("Wait", tmp_path / "sign"))
    running = start(path)
    running.interrupt_at(tmp_path / "sign")
    code, out, err = running.ended()
    assert (code, out) == (130, "")
    assert err.splitlines() == [
        "nodeflow: cancelling; Ctrl-C once more stops at once",
        "nodeflow: cancelled",
    ]
    told = process("run", path, "--target", "place", "--json")
    assert {step["state"] for step in told.json["steps"].values()} == {"cached"}


def test_a_cancelled_run_as_json(start: Any, graph: Write, tmp_path: Path) -> None:
    running = start(graph(graph_of("Wait", tmp_path / "sign")), "--json")
    running.interrupt_at(tmp_path / "sign")
    code, out, _ = running.ended()
    found = json.loads(out)
    assert (code, found["state"], found["error"]) == (130, "cancelled", None)
    states = {name: step["state"] for name, step in found["steps"].items()}
    assert states == {"first": "done", "place": "done", "last": "skipped"}


def test_ctrl_c_twice_ends_a_node_that_does_not_listen(start: Any, graph: Write, tmp_path: Path) -> None:
    running = start(graph(graph_of("Stare", tmp_path / "sign")))
    running.interrupt_at(tmp_path / "sign")
    assert running.process.stderr.readline() == "nodeflow: cancelling; Ctrl-C once more stops at once\n"
    running.process.send_signal(signal.SIGINT)
    code, out, err = running.ended()
    assert (code, out, err) == (130, "", "")


def test_the_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with cancelling() as cancellation:
        assert signal.getsignal(signal.SIGINT) is not before
        assert not cancellation.cancelled
    assert signal.getsignal(signal.SIGINT) is before
