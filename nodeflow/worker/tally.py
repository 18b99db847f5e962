"""Figures on what goes on, kept up to date by what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nodeflow.queue.records import Envelope

ENDS = {"node_finished": "done", "node_cached": "cached", "node_failed": "failed", "node_skipped": "skipped"}


class Tally:
    """Counts what it hears; `queued` and `running` are exact from the counts it begins with."""

    def __init__(self, counts: Mapping[str, int], *, paused: bool) -> None:
        self.paused = paused
        self.queued = counts["queued"]
        self.requeued = 0
        self.events = 0
        self.ended: Counter[str] = Counter()
        self.nodes: Counter[str] = Counter()
        self._running: set[str | None] = set()

    @property
    def running(self) -> int:
        return len(self._running)

    def hear(self, envelope: Envelope) -> None:
        """Count one envelope."""
        self.events += 1
        match envelope.kind:
            case "run_queued":
                self.queued += 1
            case "run_started":
                self.queued -= 1
                self._running.add(envelope.run_id)
            case "run_requeued":
                self.requeued += 1
                self.queued += 1
                self._running.discard(envelope.run_id)
            case "run_finished":
                self.ended[envelope.data["state"]] += 1
                if envelope.run_id in self._running:
                    self._running.discard(envelope.run_id)
                else:
                    self.queued -= 1
            case "run_deleted":
                self.queued -= envelope.data["state"] == "queued"
            case "queue":
                self.paused = envelope.data["paused"]
            case kind if kind in ENDS:
                self.nodes[ENDS[kind]] += 1
