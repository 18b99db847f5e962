"""Bars on the terminal: nodes done of nodes to do, and the steps of those that count them, with the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nodeflow.events import Event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Listener = Callable[[Event], None]
ENDS = frozenset({"node_finished", "node_cached", "node_failed", "node_skipped"})


@contextmanager
def bars(titles: Mapping[str, str]) -> Iterator[Listener | None]:
    """A listener that draws bars while the block runs; None where stderr is no terminal, since nobody looks there."""
    if not sys.stderr.isatty():
        yield None
        return
    # Only a terminal pays for rich.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress, titles)


class Bars:
    """One bar for all nodes, and one for each node that is running and says how far it is."""

    def __init__(self, progress: Progress, titles: Mapping[str, str]) -> None:
        self._progress = progress
        self._titles = titles
        self._all = progress.add_task("nodes", total=len(titles))
        self._running: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        if event.node_id is None:
            return
        if event.kind == "node_started":
            self._running[event.node_id] = self._progress.add_task(self._titles[event.node_id], total=None)
        elif event.kind == "node_progress" and event.node_id in self._running:
            self._progress.update(self._running[event.node_id], completed=event.data["done"], total=event.data["total"])
        elif event.kind in ENDS:
            self._progress.advance(self._all)
            if event.node_id in self._running:
                self._progress.remove_task(self._running.pop(event.node_id))
