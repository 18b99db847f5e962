"""One who listens: to the log as long as he is behind, then to what comes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import ENDED, Envelope
from nodeflow.queue.tables import Tables
from nodeflow.queue.writer import Reader

BUFFER = 256
"""Envelopes that wait for a subscriber; one with more is behind, and reads the log."""
PAGE = 256
PREVIEWS = 8
"""Previews that wait for a subscriber, the newest of each node."""
LAST = frozenset({"run_finished", "run_deleted"})
SETTLED = frozenset({"node_finished", "node_failed", "node_skipped", "node_cached"})


class Subscriber:
    """What has been told since the envelope `after` and what will be, of one run or of all, each exactly once.

    Whatever has an id is in the log, so a buffer that is full is thrown away: nothing is lost, and what a reader who
    never comes back can hold is bounded.
    """

    def __init__(self, reader: Reader, run: str | None, after: int | None, *, previews: bool) -> None:
        self.run = run
        self.previews = previews
        self._reader = reader
        self._after = after
        self._found = False
        self._behind = True
        self._over = False
        self._buffer: list[Envelope] = []
        self._pictures: OrderedDict[tuple[str | None, str | None], Envelope] = OrderedDict()
        self._wake = asyncio.Event()

    def offer(self, envelope: Envelope) -> None:
        """Hand over an envelope that was just committed."""
        if self.run not in (None, envelope.run_id):
            return
        if envelope.kind in SETTLED:
            self._pictures.pop((envelope.run_id, envelope.node_id), None)
        if self._behind:
            return
        self._buffer.append(envelope)
        if len(self._buffer) > BUFFER:
            self._behind = True
            self._buffer.clear()
        self._wake.set()

    def offer_picture(self, envelope: Envelope) -> None:
        """Hand over a preview; an older one of the node that was not asked for yet is thrown away."""
        if not self.looks_at(envelope.run_id):
            return
        key = envelope.run_id, envelope.node_id
        self._pictures[key] = envelope
        self._pictures.move_to_end(key)
        if len(self._pictures) > PREVIEWS:
            self._pictures.popitem(last=False)
        self._wake.set()

    def looks_at(self, run_id: str | None) -> bool:
        """Whether previews of a run are wanted."""
        return self.previews and self.run in (None, run_id)

    def end(self) -> None:
        """Nothing more will come."""
        self._over = True
        self._wake.set()

    async def next(self) -> list[Envelope] | None:
        """What comes next, at least one envelope; None at the end. Raises `NotFound` when there is no such run."""
        while not self._over or self._buffer:
            if self._behind:
                batch = await self._read()
            elif self._buffer:
                batch = self._taken()
            elif self._pictures:
                batch = list(self._pictures.values())
                self._pictures.clear()
            else:
                self._wake.clear()
                await self._wake.wait()
                continue
            if batch:
                return batch
        return None

    async def _read(self) -> list[Envelope]:
        # What is committed from here on is offered; what was before, the log has.
        self._behind = False
        page, ended = await self._reader.do(self._page)
        self._found = True
        if len(page) == PAGE:
            self._behind = True
            self._buffer.clear()
        elif ended:
            self._over = True
        return self._seen(page)

    def _page(self, tables: Tables) -> tuple[list[Envelope], bool]:
        """Part of the log, and whether it can have no more of the run."""
        if self.run is None:
            if self._after is None:
                self._after = tables.log.last()
            return tables.log.after(self._after, limit=PAGE), False
        try:
            ended = tables.runs.row(self.run).state in ENDED
        except NotFound:
            if not self._found:
                raise
            return [], True
        return tables.log.after(self._after or 0, run_id=self.run, limit=PAGE), ended

    def _taken(self) -> list[Envelope]:
        taken, self._buffer = self._buffer, []
        return self._seen([each for each in taken if each.id is not None and each.id > (self._after or 0)])

    def _seen(self, batch: list[Envelope]) -> list[Envelope]:
        if self.run is not None:
            for place, envelope in enumerate(batch):
                if envelope.kind in LAST:
                    self._over = True
                    self._buffer.clear()
                    batch = batch[: place + 1]
                    break
        if batch:
            self._after = batch[-1].id
        return batch
