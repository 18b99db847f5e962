"""One who listens: he has a place in the story, and is given what follows."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import ENDED, Envelope
from nodeflow.queue.tables import Tables
from nodeflow.queue.writer import Reader
from nodeflow.worker.recent import Recent

PAGE = 256
"""Envelopes that are taken at a time."""
PREVIEWS = 8
"""Previews that wait for a subscriber, the newest of each node."""
LAST = frozenset({"run_finished", "run_deleted"})
SETTLED = frozenset({"node_finished", "node_failed", "node_skipped", "node_cached"})


class Subscriber:
    """What has been told since the envelope `after` and what will be, of one run or of all, each exactly once.

    Nothing is kept for him but his place and a few previews. He reads the log until he has come to what is recent.
    """

    def __init__(self, reader: Reader, recent: Recent, run: str | None, after: int | None, *, previews: bool) -> None:
        self.run = run
        self.previews = previews
        self._reader = reader
        self._recent = recent
        # "From now on" means from what was published last: what the log holds when it is read may be newer than that.
        self._after = after if after is not None else 0 if run is not None else recent.last
        self._in_log = True
        self._found = False
        self._over = False
        self._closed = False
        self._pictures: OrderedDict[tuple[str | None, str | None], Envelope] = OrderedDict()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    def settle(self, envelope: Envelope) -> None:
        """Throw away the preview of a node that needs none any more."""
        if envelope.kind in SETTLED:
            self._pictures.pop((envelope.run_id, envelope.node_id), None)

    def show(self, preview: Envelope) -> None:
        """Hand over a preview; an older one of the node that was not asked for yet is thrown away."""
        if not self.looks_at(preview.run_id):
            return
        key = preview.run_id, preview.node_id
        self._pictures[key] = preview
        self._pictures.move_to_end(key)
        if len(self._pictures) > PREVIEWS:
            self._pictures.popitem(last=False)
        self._wake.set()

    def looks_at(self, run_id: str | None) -> bool:
        """Whether previews of a run are wanted."""
        return self.previews and self.run in (None, run_id)

    def end(self) -> None:
        """Nothing more will come, and the log can soon be read no more."""
        self._closed = True
        self._wake.set()

    async def next(self) -> Sequence[Envelope] | None:
        """What comes next, at least one envelope; None at the end. Raises `NotFound` when there is no such run."""
        while not self._over:
            self._wake.clear()
            behind = self._in_log or not self._recent.reaches(self._after)
            if behind and not self._closed:
                batch = self._seen(await self._reader.do(self._read))
            else:
                batch = () if behind else self._take()
            if batch:
                return batch
            if self._pictures:
                pictures = list(self._pictures.values())
                self._pictures.clear()
                return pictures
            if self._closed:
                break
            if not behind:
                await self._wake.wait()
        return None

    def _read(self, tables: Tables) -> Sequence[Envelope]:
        """Part of the log; when there is no more of it, `_in_log` ends."""
        newest = tables.log.last()
        ended = self.run is not None and self._has_ended(tables, self.run)
        page = tables.log.after(self._after, run_id=self.run, limit=PAGE)
        self._in_log = len(page) == PAGE
        if not self._in_log:
            self._after = max(self._after, newest)
            self._over = self._over or ended
        return page

    def _has_ended(self, tables: Tables, run: str) -> bool:
        try:
            ended = tables.runs.row(run).state in ENDED
        except NotFound:
            if not self._found:
                raise
            return True
        self._found = True
        return ended

    def _take(self) -> Sequence[Envelope]:
        """What is recent; all of the next page is of other runs, perhaps."""
        while page := self._recent.after(self._after, PAGE):
            self._after = page[-1].id or self._after
            if batch := self._seen([each for each in page if self.run in (None, each.run_id)]):
                return batch
        return ()

    def _seen(self, batch: Sequence[Envelope]) -> Sequence[Envelope]:
        """Note how far this goes, and whether it is the end of the run."""
        if batch:
            self._after = max(self._after, batch[-1].id or 0)
        if self.run is not None:
            for place, envelope in enumerate(batch):
                if envelope.kind in LAST:
                    self._over = True
                    return batch[: place + 1]
        return batch
