"""Writing in groups: one transaction for many, each on its own; answered when it is on disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError, KeyReused, NotFound
from nodeflow.queue.records import Envelope, Idempotency, Submitted
from nodeflow.queue.tables import Submit, Tables
from nodeflow.queue.writer import Reader, Writer
from tests.nodeflow.queue.conftest import new, submit


class Desk:
    """A writer, a reader, and what was published."""

    def __init__(self, database: Database) -> None:
        self.published: list[Envelope] = []
        self.writer = Writer(database, self.published.extend)
        self.reader = Reader(database)

    async def count(self) -> int:
        return (await self.reader.do(lambda tables: tables.runs.counts()))["queued"]

    async def hold(self) -> threading.Event:
        """Keep the writer busy until the event is set, so that what comes next waits together."""
        go, begun = threading.Event(), threading.Event()

        def busy(_: Tables) -> None:
            begun.set()
            go.wait(60)

        self.held = asyncio.ensure_future(self.writer.do(busy))
        await asyncio.to_thread(begun.wait, 60)
        return go


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    desk = Desk(database)
    yield desk
    await desk.writer.close()
    desk.reader.close()


async def together(desk: Desk, works: Sequence[Callable[[Tables], Any]]) -> list[Any]:
    """What came of calls that were waiting at the same time."""
    go = await desk.hold()
    calls = [asyncio.ensure_future(desk.writer.do(work)) for work in works]
    await asyncio.sleep(0)
    go.set()
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_calls_that_wait_are_written_together(desk: Desk) -> None:
    before = desk.writer.commits
    answers = await together(desk, [lambda tables: submit(tables)[0]] * 100)
    assert len(set(answers)) == 100
    assert desk.writer.commits - before == 2, "the one that was held, and all others"
    assert await desk.count() == 100
    assert [each.id for each in desk.published] == list(range(1, 101))


async def test_one_that_fails_undoes_itself_alone(desk: Desk) -> None:
    def fails(tables: Tables) -> None:
        submit(tables, 10)
        tables.runs.get("nobody")

    def breaks(tables: Tables) -> None:
        submit(tables, 10)
        tables.connection.execute(text("INSERT INTO run_tags VALUES ('t', 10000)"))

    answers = await together(desk, [submit, fails, submit, breaks, submit])
    assert isinstance(answers[1], NotFound)
    assert isinstance(answers[3], DatabaseError)
    assert "FOREIGN KEY constraint failed" in str(answers[3])
    assert await desk.count() == 3
    assert len(desk.published) == 3, "nothing is told of what did not happen"
    assert await desk.reader.do(lambda tables: tables.log.after(0)) == desk.published


async def test_what_was_told_is_published_before_the_answer(desk: Desk) -> None:
    (run_id,) = await desk.writer.do(submit)
    assert [each.run_id for each in desk.published] == [run_id]
    assert await desk.count() == 1, "and when it is committed"


async def test_it_is_done_although_nobody_waits_for_the_answer(desk: Desk) -> None:
    go = await desk.hold()
    call = asyncio.ensure_future(desk.writer.do(submit))
    await asyncio.sleep(0)
    call.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    await desk.writer.do(lambda _: None)
    assert await desk.count() == 1


async def test_what_was_handed_in_is_written_before_the_end(database: Database) -> None:
    desk = Desk(database)
    calls = [asyncio.ensure_future(desk.writer.do(submit)) for _ in range(300)]
    await asyncio.sleep(0)
    await desk.writer.close()
    await asyncio.gather(*calls)
    assert await desk.count() == 300
    desk.reader.close()


async def test_when_nothing_can_be_written_all_are_told_and_later_ones_go_on(desk: Desk) -> None:
    """As if the disk were full: the file may not grow."""
    await desk.writer.do(lambda tables: tables.connection.exec_driver_sql("PRAGMA max_page_count = 1"))
    answers = await together(desk, [lambda tables: submit(tables, 500)] * 3)
    assert all(isinstance(answer, DatabaseError) for answer in answers)
    assert "the database cannot be read or written: database or disk is full" in str(answers[0])
    assert desk.published == []
    await desk.writer.do(lambda tables: tables.connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
    await desk.writer.do(submit)
    assert await desk.count() == 1


async def test_submissions_that_wait_are_accepted_in_their_order(desk: Desk) -> None:
    key = Idempotency("key", "digest")
    works = [Submit([new(name=str(number))] * 2, key if number % 10 == 9 else None) for number in range(40)]
    before = desk.writer.commits
    answers = await together(desk, works)
    assert desk.writer.commits - before == 2
    assert [answer.replayed for answer in answers] == [number in (19, 29, 39) for number in range(40)]
    assert [[run.name for run in answer.runs] for answer in answers if not answer.replayed] == [
        [str(number)] * 2 for number in range(40) if number not in (19, 29, 39)
    ]
    waiting = await desk.reader.do(lambda tables: tables.runs.page(order="queue", limit=100))
    made = [run.id for answer in answers if not answer.replayed for run in answer.runs]
    assert [run.id for run in waiting.items] == made
    assert [each.run_id for each in desk.published] == made


async def test_a_submission_that_fails_undoes_itself_alone(desk: Desk) -> None:
    bad = Submit([new(), new(graph={"nodes": {"n": {"values": {"a": float("nan")}}}})])
    reused = [Submit([new()], Idempotency("key", digest)) for digest in ("one", "other")]
    answers = await together(desk, [Submit([new()]), bad, Submit([new()]), *reused])
    assert [type(answer) for answer in answers] == [Submitted, ValueError, Submitted, Submitted, KeyReused]
    assert await desk.count() == len(desk.published) == 3


async def test_a_reader_sees_one_state_of_everything(desk: Desk) -> None:
    ready, go = threading.Event(), threading.Event()

    def read(tables: Tables) -> tuple[int, int]:
        before = tables.runs.counts()["queued"]
        ready.set()
        go.wait(60)
        return before, tables.runs.counts()["queued"]

    await desk.writer.do(submit)
    reading = asyncio.ensure_future(desk.reader.do(read))
    await asyncio.to_thread(ready.wait, 60)
    await desk.writer.do(submit)
    go.set()
    assert await reading == (1, 1)
    assert await desk.count() == 2


async def test_a_reader_does_not_write(desk: Desk) -> None:
    with pytest.raises(DatabaseError, match="readonly"):
        await desk.reader.do(submit)
