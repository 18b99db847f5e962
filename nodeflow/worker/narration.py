"""What a worker tells of the run it carries out: less than the executor says, and nothing that is too long."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from nodeflow.events import Event

PROGRESS_EVERY = 0.1
"""Seconds between two words on the progress of a node."""
PREVIEW_EVERY = 0.2
LONGEST = 20_000
"""Characters of a text; of a longer one the beginning and the end."""

# The claim and the end of a run are told by the queue, in the transactions that make them so.
RENAMED = {"run_started": "run_planned"}
LEFT_OUT = frozenset({"run_finished"})
AT_ONCE = frozenset({"node_started"})
"""What must be known before the node can take the process with it."""


class Send(Protocol):
    """Takes a message."""

    def __call__(self, message: Mapping[str, Any], *, at_once: bool) -> None: ...


class Narration:
    """The listener of one run."""

    def __init__(self, send: Send, wanted: threading.Event) -> None:
        self._send = send
        self._wanted = wanted
        self._progress: dict[str | None, float] = {}
        self._preview = 0.0

    @property
    def wants_previews(self) -> bool:
        """Whether somebody looks, and has not just been shown one."""
        return self._wanted.is_set() and monotonic() - self._preview >= PREVIEW_EVERY

    def __call__(self, event: Event) -> None:
        if event.kind in LEFT_OUT or (event.kind == "node_progress" and self._too_soon(event)):
            return
        if event.kind == "node_preview":
            self._preview = monotonic()
        self._send(
            {
                "say": "event",
                "run_id": event.run_id,
                "kind": RENAMED.get(event.kind, event.kind),
                "node_id": event.node_id,
                "time": event.time,
                "data": event.data if event.kind == "node_preview" else shortened(event.data),
            },
            at_once=event.kind in AT_ONCE,
        )

    def _too_soon(self, event: Event) -> bool:
        """All but the last word of a node can be left out, and is, when there are many."""
        now = monotonic()
        if event.data["done"] != event.data["total"] and now - self._progress.get(event.node_id, 0.0) < PROGRESS_EVERY:
            return True
        self._progress[event.node_id] = now
        return False


def shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with every long text cut in its middle."""
    return {name: cut(value) if isinstance(value, str) else value for name, value in data.items()}


def cut(text: str) -> str:
    """A text of bounded length: its beginning and its end, which say most in an error and in a traceback."""
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
