"""What a run tells while it runs: one envelope, plain data, numbered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

EventKind = Literal[
    "run_started",
    "node_started",
    "node_progress",
    "node_preview",
    "node_cached",
    "node_finished",
    "node_failed",
    "node_skipped",
    "artifact",
    "warning",
    "run_finished",
]
KINDS: tuple[str, ...] = get_args(EventKind)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run. `data` is plain JSON; `sequence` counts from 1 within the run, without gaps."""

    sequence: int
    run_id: str
    kind: EventKind
    time: float
    node_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """The event as a JSON object."""
        return {
            "sequence": self.sequence,
            "run_id": self.run_id,
            "kind": self.kind,
            "time": self.time,
            "node_id": self.node_id,
            "data": dict(self.data),
        }


class Listener(Protocol):
    """Takes a run's events, one at a time, in order, from whatever thread they arise in.

    A listener is also sent `node_preview` events while its attribute `wants_previews` is true; pictures are computed
    for no one else.
    """

    def __call__(self, event: Event, /) -> None: ...


class Narrator:
    """Numbers a run's events and hands them to its listener, whose exceptions are logged and go no further."""

    def __init__(
        self, run_id: str, listener: Callable[[Event], None] | None, clock: Callable[[], float] = time.time
    ) -> None:
        self.run_id = run_id
        self.listening = listener is not None
        self._listener = listener
        self._clock = clock
        self._sequence = 0
        # Reentrant: a listener may cancel the run, which may say something more.
        self._lock = threading.RLock()

    @property
    def wants_previews(self) -> bool:
        """Whether the listener wants previews now."""
        return bool(getattr(self._listener, "wants_previews", False))

    def tell(self, kind: EventKind, node_id: str | None = None, /, **data: Any) -> None:
        """Send one event; nothing is built when nobody listens."""
        if self._listener is None:
            return
        with self._lock:
            self._sequence += 1
            event = Event(self._sequence, self.run_id, kind, self._clock(), node_id, data)
            try:
                self._listener(event)
            except Exception:
                log.exception("a listener failed at event %d (%s); the run goes on", event.sequence, kind)
