"""Onto the disk: nothing that must be there is answered before, and nothing else waits for it."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.records import Envelope
from nodeflow.queue.writer import Writer
from tests.nodeflow.queue.conftest import submit

PATIENCE = 60


class Disk:
    """A slow disk: a sync ends when it is let, or fails. It notes what was in the file when each began."""

    def __init__(self) -> None:
        self.synced: list[bytes] = []
        self.fails = False
        self._began = threading.Semaphore(0)
        self._may_end = threading.Semaphore(0)

    def __call__(self, file: int) -> None:
        self.synced.append(os.pread(file, 1 << 24, 0))
        self._began.release()
        assert self._may_end.acquire(timeout=PATIENCE)
        if self.fails:
            raise OSError(errno.EIO, "Input/output error")

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._began.acquire, timeout=PATIENCE)

    def end(self, times: int = 1) -> None:
        self._may_end.release(times)


class Desk:
    """A writer over a slow disk, and what was published."""

    def __init__(self, database: Database) -> None:
        self.published: list[Envelope] = []
        self.disk = Disk()
        self.writer = Writer(database, self.published.extend, sync=self.disk)


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    desk = Desk(database)
    yield desk
    desk.disk.end(100)
    await desk.writer.close()


def ended(*calls: asyncio.Future[Any]) -> list[bool]:
    return [call.done() for call in calls]


async def test_what_must_be_kept_is_answered_when_it_is(desk: Desk) -> None:
    call = asyncio.ensure_future(desk.writer.do(submit))
    await desk.disk.begun()
    await desk.writer.do(lambda _: None, durable=False)
    assert ended(call) == [False]
    assert len(desk.published) == 1, "it is committed, so it may begin"
    desk.disk.end()
    (run_id,) = await call
    assert run_id.encode() in desk.disk.synced[0]


async def test_what_need_not_be_kept_waits_for_no_disk(desk: Desk) -> None:
    for _ in range(5):
        await asyncio.wait_for(desk.writer.do(submit, durable=False), PATIENCE)
    assert desk.disk.synced == []


async def test_what_is_written_during_a_sync_shares_the_next(desk: Desk) -> None:
    first = asyncio.ensure_future(desk.writer.do(submit))
    await desk.disk.begun()
    written = [await desk.writer.hand_in(submit) for _ in range(20)]
    desk.disk.end()
    await first
    assert not any(ended(*(each.kept for each in written))), "the sync began before them"
    desk.disk.end()
    for each in written:
        await each.kept
    assert len(desk.disk.synced) == 2
    assert all(each.value[0].encode() in desk.disk.synced[1] for each in written)


async def test_a_disk_that_failed_once_is_trusted_no_more(desk: Desk) -> None:
    desk.disk.fails = True
    desk.disk.end()
    with pytest.raises(DatabaseError, match=r"does not keep what is written to it: .*Input/output error"):
        await desk.writer.do(submit)
    desk.disk.fails = False
    with pytest.raises(DatabaseError, match="does not keep"):
        await desk.writer.do(submit)
    assert len(desk.disk.synced) == 1
    assert len(await desk.writer.do(submit, durable=False)) == 1


async def test_it_is_kept_although_nobody_waits_for_the_answer(desk: Desk) -> None:
    call = asyncio.ensure_future(desk.writer.do(submit))
    await desk.disk.begun()
    call.cancel()
    desk.disk.end()
    with pytest.raises(asyncio.CancelledError):
        await call
    desk.disk.end()
    await asyncio.wait_for(desk.writer.do(submit), PATIENCE)


async def test_the_end_waits_for_what_was_handed_in(database: Database) -> None:
    desk = Desk(database)
    call = asyncio.ensure_future(desk.writer.do(submit))
    await desk.disk.begun()
    end = asyncio.ensure_future(desk.writer.close())
    await asyncio.to_thread(desk.writer._thread.join)
    assert ended(call, end) == [False, False]
    desk.disk.end()
    await end
    await call
