"""What a service does now and then: old events are forgotten, and files that nothing names any more are deleted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable

from nodeflow.config import Config
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.tables import Tables
from nodeflow.queue.writer import Reader, Writer
from nodeflow.store import Store

EVERY = 60.0
"""Seconds between two times."""
DAY = 24 * 3600.0
RECENT = 3600.0
"""Seconds since a file was last used within which it stays: a run may be about to say that it has made it."""

log = logging.getLogger(__name__)


class Housekeeping:
    """Works a little at a time, so that others can write in between."""

    def __init__(self, config: Config, writer: Writer, reader: Reader, clock: Callable[[], float]) -> None:
        self._config = config
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._store = Store(config.data_dir / "files")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin at once, and go on until `stop`."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """End, in the middle of it if need be."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def sweep(self) -> int:
        """Delete files of deleted runs whose time has come; how many there were."""
        before = self._clock() - self._config.keep_files_days * DAY
        swept = 0
        while True:
            unneeded, named = await self._reader.do(lambda tables: tables.forgotten.unneeded(before))
            if not (unneeded or named):
                return swept
            gone = await asyncio.to_thread(self._deleted, unneeded)
            kept = [*named, *(each for each in unneeded if each not in gone)]
            await self._writer.do(_settled(gone, kept), durable=False)
            swept += len(gone)

    async def _work(self) -> None:
        while True:
            with contextlib.suppress(DatabaseError):
                while await self._writer.do(self._forget_some, durable=False):
                    pass
                await self.sweep()
            await asyncio.sleep(EVERY)

    def _forget_some(self, tables: Tables) -> bool:
        oldest = self._clock() - self._config.keep_events_days * DAY
        return tables.log.forget(keep=self._config.keep_events, older_than=oldest)

    def _deleted(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of the files that are gone now."""
        used_before = time.time() - RECENT
        return frozenset(each for each in digests if self._delete(each, used_before))

    def _delete(self, digest: str, used_before: float) -> bool:
        try:
            return self._store.remove_unused(digest, used_before)
        except OSError as error:
            log.warning("the file %s of a deleted run cannot be deleted: %s", digest, error)
            return False


def _settled(gone: frozenset[str], kept: list[str]) -> Callable[[Tables], None]:
    return lambda tables: tables.forgotten.settle(gone, kept)
