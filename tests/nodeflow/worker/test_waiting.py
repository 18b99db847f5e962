"""Those who wait for a run are given it as it was when it ended, and nothing that never was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.records import Envelope, NewRun
from nodeflow.queue.tables import Submit, Tables
from nodeflow.queue.writer import Writer
from nodeflow.worker.waiting import Waiting, within
from tests.nodeflow.worker.conftest import PATIENCE, graph

NEW = Submit([NewRun(graph=graph("Text"), id="a")])


class Desk:
    """A writer, and those who wait for what it writes; `fails` keeps it from committing."""

    def __init__(self, database: Database) -> None:
        self.waiting = Waiting()
        self.fails = False
        self.writer = Writer(database, self._publish, look=self._look)

    def _look(self, tables: Tables) -> None:
        self.waiting.look(tables)
        if self.fails:
            raise DatabaseError("the disk is full")

    def _publish(self, told: Sequence[Envelope]) -> None:
        for envelope in told:
            self.waiting.hear(envelope)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(tmp_path / "nodeflow.db")
    database.open()
    desk = Desk(database)
    await desk.writer.do(NEW)
    yield desk
    await desk.writer.close()
    database.close()


def cancel(tables: Tables) -> None:
    tables.requests.cancel("a")


def delete(tables: Tables) -> None:
    tables.requests.delete("a")


async def test_all_who_wait_are_given_the_run_as_it_ended(desk: Desk) -> None:
    with desk.waiting.end_of("a") as one, desk.waiting.end_of("a") as other:
        await desk.writer.do(cancel)
        run = await within(PATIENCE, one)
        assert run is await within(PATIENCE, other)
        assert run == await desk.writer.do(lambda tables: tables.runs.get("a"))
        assert run is not None
        assert run.state == "cancelled"


async def test_nobody_waits_longer_than_he_wants_to(desk: Desk) -> None:
    with desk.waiting.end_of("a") as one, desk.waiting.end_of("a") as other:
        assert await within(0.001, one) is None
        await desk.writer.do(cancel)
        assert await within(PATIENCE, other) is not None


async def test_a_run_that_is_deleted_as_it_ends_is_told_of_and_not_given(desk: Desk) -> None:
    def both(tables: Tables) -> None:
        cancel(tables)
        delete(tables)

    with desk.waiting.end_of("a") as ended:
        await desk.writer.do(both)
        assert await within(PATIENCE, ended) is None
        assert ended.done()


async def test_an_end_that_was_undone_is_not_given(desk: Desk) -> None:
    """It is told of once it is deleted: by then it must not seem to have ended."""
    with desk.waiting.end_of("a") as ended:
        desk.fails = True
        with pytest.raises(DatabaseError, match="full"):
            await desk.writer.do(cancel)
        desk.fails = False
        await asyncio.sleep(0)
        assert not ended.done()
        await desk.writer.do(delete)
        assert await within(PATIENCE, ended) is None
