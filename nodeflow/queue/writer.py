"""The one thread that writes, and the few that read: what they do is awaited, never blocking the loop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.records import Envelope
from nodeflow.queue.tables import Tables

T = TypeVar("T")
Work = Callable[[Tables], T]

GROUP = 256
"""Calls that are written together at most."""
READERS = 2


@dataclass(frozen=True, slots=True)
class _Call:
    work: Work[Any]
    durable: bool
    future: asyncio.Future[Any]


class Writer:
    """Calls that wait are written in one transaction, each in a savepoint of its own, and answered after its commit.

    So a hundred callers wait for the disk once. A transaction with a `durable` call in it is on the disk when it is
    answered; others outlive the death of the process, but the last of them perhaps not a power cut: good enough for
    what workers can tell again. What was told in a transaction is handed to `publish`, on the loop, before the answers.
    """

    def __init__(
        self, database: Database, publish: Callable[[Sequence[Envelope]], None], clock: Callable[[], float] = time.time
    ) -> None:
        self.commits = 0
        self._database = database
        self._publish = publish
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="nodeflow-writer", daemon=True)
        self._thread.start()

    async def do(self, work: Work[T], *, durable: bool = True) -> T:
        """The answer of `work(tables)`, once it is committed; what it raises undoes it and nothing else."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.put(_Call(work, durable, future))
        # Once handed in it is done, whether or not somebody still waits for the answer.
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Write what was handed in, and end."""
        self._calls.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _work(self) -> None:
        with self._database.writing.connect() as connection:
            tables = Tables(connection, self._clock)
            while group := self._group():
                self._write(connection, tables, group)

    def _group(self) -> list[_Call]:
        first = self._calls.get()
        group: list[_Call] = []
        while first is not None:
            group.append(first)
            if len(group) == GROUP:
                break
            try:
                first = self._calls.get_nowait()
            except queue.Empty:
                break
        else:
            # The end was asked for; it comes after this group.
            if group:
                self._calls.put(None)
        return group

    def _write(self, connection: Connection, tables: Tables, group: Sequence[_Call]) -> None:
        _synchronous(connection, full=any(call.durable for call in group))
        tables.log.told = []
        answers: list[tuple[Any, BaseException | None]]
        try:
            with connection.begin():
                answers = [_attempt(connection, tables, call.work) for call in group]
        except Exception as error:  # noqa: BLE001 - whatever keeps a commit from happening is every caller's
            answers = [(None, _told_plainly(error))] * len(group)
            tables.log.told = []
        self.commits += 1
        self._loop.call_soon_threadsafe(self._answer, tables.log.told, group, answers)

    def _answer(
        self,
        told: Sequence[Envelope],
        group: Sequence[_Call],
        answers: Sequence[tuple[Any, BaseException | None]],
    ) -> None:
        if told:
            self._publish(told)
        for call, (value, error) in zip(group, answers, strict=True):
            if call.future.cancelled():
                continue
            if error is None:
                call.future.set_result(value)
            else:
                call.future.set_exception(error)


class Reader:
    """Reads in threads, each call in a transaction of its own, so that it sees one state of everything."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="nodeflow-reader")

    async def do(self, work: Work[T]) -> T:
        """The answer of `work(tables)`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def _read(self, work: Work[T]) -> T:
        with self._database.reading.connect() as connection:
            try:
                return work(Tables(connection, self._clock))
            except DBAPIError as error:
                raise _told_plainly(error) from error

    def close(self) -> None:
        self._threads.shutdown()


def _attempt(connection: Connection, tables: Tables, work: Work[Any]) -> tuple[Any, BaseException | None]:
    told = len(tables.log.told)
    connection.exec_driver_sql("SAVEPOINT attempt")
    try:
        value = work(tables)
    except Exception as error:  # noqa: BLE001 - it is the caller's, who is told of it
        try:
            connection.exec_driver_sql("ROLLBACK TO attempt")
            connection.exec_driver_sql("RELEASE attempt")
        except DBAPIError:
            # A disk that is full, say, makes SQLite give up the whole transaction.
            raise error from None
        del tables.log.told[told:]
        return None, _told_plainly(error)
    connection.exec_driver_sql("RELEASE attempt")
    return value, None


def _synchronous(connection: Connection, *, full: bool) -> None:
    """How a commit goes to disk can only be said between transactions, so past SQLAlchemy, which would begin one."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")


def _told_plainly(error: Exception) -> Exception:
    """What went wrong with the file itself, in our words."""
    if not isinstance(error, DBAPIError):
        return error
    told = DatabaseError(f"the database cannot be read or written: {error.orig}")
    told.__cause__ = error
    return told
