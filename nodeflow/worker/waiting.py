"""Those who wait for a run to end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import Envelope, Run
from nodeflow.queue.tables import Tables
from nodeflow.worker.subscriber import LAST

Ended = asyncio.Future[Run | None]


class Waiting:
    """Tells whoever waits for a run that it has ended, or is deleted. For one loop only, but for `look`."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Ended]] = {}
        self._seen: dict[str, Run] = {}

    def look(self, tables: Tables) -> None:
        """Called before a commit: those who wait are given the runs that have ended as this transaction leaves them."""
        for envelope in tables.log.told:
            if envelope.kind == "run_finished" and envelope.run_id in self._waiting:
                with contextlib.suppress(NotFound):
                    self._seen[envelope.run_id] = tables.runs.get(envelope.run_id)

    def hear(self, envelope: Envelope) -> None:
        """An observer of the hub."""
        if envelope.kind in LAST and envelope.run_id is not None:
            run = self._seen.pop(envelope.run_id, None)
            # One that was seen in a transaction that failed is not what is told of.
            found = run if run is not None and run.last_event == envelope.id else None
            for ended in self._waiting.get(envelope.run_id, ()):
                if not ended.done():
                    ended.set_result(found)

    @contextlib.contextmanager
    def end_of(self, run_id: str) -> Iterator[Ended]:
        """What is there once the run ends, if it has not by now: the run, or None where it has to be read."""
        ended: Ended = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(run_id, set())
        waiting.add(ended)
        try:
            yield ended
        finally:
            waiting.discard(ended)
            if not waiting and self._waiting.get(run_id) is waiting:
                del self._waiting[run_id]
                self._seen.pop(run_id, None)


async def within(seconds: float, ended: Ended) -> Run | None:
    """Wait for an end, but no longer than that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await ended
    return None
