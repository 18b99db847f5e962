"""Bars on a terminal, for nodes and for the steps of a node; nothing at all elsewhere."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from nodeflow.cli.progress import Bars, bars
from nodeflow.events import Event

Write = Callable[..., Path]
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def events(*told: tuple[str, str | None, dict[str, Any]]) -> list[Event]:
    return [Event(number, "run", kind, 0.0, node, data) for number, (kind, node, data) in enumerate(told, 1)]  # type: ignore[arg-type]


def on_a_terminal(arguments: list[str], environ: Mapping[str, str]) -> tuple[int, str, str]:
    """Exit code, stdout and what was drawn, of a process whose stderr is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "nodeflow", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environ) as running:
        os.close(theirs)
        drawn = b""
        try:
            while part := os.read(ours, 65536):
                drawn += part
        except OSError:
            pass  # how Linux says that the other end is closed
        assert running.stdout is not None
        out = running.stdout.read()
    os.close(ours)
    return running.returncode, out, drawn.decode()


def test_a_terminal_shows_nodes_and_steps_with_the_time_left(environ: Mapping[str, str], graph: Write) -> None:
    nodes = {
        "count": {"type": "acme/Count", "title": "Counting", "values": {"to": 12, "seconds": 0.05}},
        "note": {"type": "acme/Note", "values": {"text": "done"}},
    }
    path = graph(nodes)
    code, out, drawn = on_a_terminal(["run", str(path), "--target", "count", "--target", "note"], environ)
    assert (code, out) == (0, "output/note.txt\n")
    shown = CONTROL.sub("", drawn)
    assert re.search(r"Counting .* \d+/12 ", shown)
    assert re.search(r"nodes .* \d/2 ", shown)
    assert re.search(r"Counting .* 0:00:0\d", shown)
    assert shown.rstrip().splitlines()[-1].startswith("2 nodes: 2 ran, in ")


def test_the_same_run_elsewhere_draws_nothing(process: Callable[..., Any], graph: Write) -> None:
    told = process("run", graph({"count": {"type": "acme/Count", "values": {"to": 3}}}))
    assert (told.code, told.out, told.err) == (0, "", "")


def test_what_is_no_terminal_has_no_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, "w") as nobody:  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", nobody)
        with bars({"a": "A"}) as listener:
            assert listener is None


def test_each_node_that_counts_has_a_bar_while_it_runs() -> None:
    progress = Progress(console=Console(file=io.StringIO()))
    listener = Bars(progress, {"a": "First", "b": "b", "c": "c", "d": "d"})

    def shown() -> list[tuple[str, float, float | None]]:
        return [(task.description, task.completed, task.total) for task in progress.tasks]

    first, second, third = (
        events(("run_started", None, {}), ("node_cached", "b", {}), ("node_started", "a", {})),
        events(("node_progress", "a", {"done": 2, "total": 5}), ("node_progress", "x", {"done": 1, "total": 5})),
        events(
            ("node_finished", "a", {}), ("node_skipped", "c", {}), ("node_started", "d", {}), ("node_failed", "d", {})
        ),
    )
    for event in first:
        listener(event)
    assert shown() == [("nodes", 1, 4), ("First", 0, None)]
    for event in second:
        listener(event)
    assert shown() == [("nodes", 1, 4), ("First", 2, 5)]
    for event in third:
        listener(event)
    assert shown() == [("nodes", 4, 4)]
