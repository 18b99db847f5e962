"""The one thread that writes, and the few that read: what they do is awaited, never blocking the loop."""

from __future__ import annotations

import asyncio
import itertools
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.prepared import driver
from nodeflow.queue.records import Envelope
from nodeflow.queue.syncing import Sync, Syncer, sync_data
from nodeflow.queue.tables import Tables

T = TypeVar("T")
Work = Callable[[Tables], T]

GROUP = 256
"""Calls that are written together at most."""
READERS = 2


class Joint(Protocol[T]):
    """Work that costs less when much of it is done at a time."""

    def __call__(self, tables: Tables) -> T: ...

    def together(self, tables: Tables, works: Sequence[Joint[T]]) -> list[T]:
        """What each of several works of the same kind gives, this one being the first."""


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """What a call has given: it is committed. Once `kept` is awaited, it is on the disk."""

    value: T
    kept: asyncio.Future[None]

    async def lasting(self) -> T:
        """The value, once it is on the disk."""
        await asyncio.shield(self.kept)
        return self.value


@dataclass(frozen=True, slots=True)
class _Call:
    work: Work[Any]
    durable: bool
    future: asyncio.Future[Written[Any]]


class Writer:
    """Calls that wait are written in one transaction, each in a savepoint of its own, and answered after its commit.

    So a hundred callers wait for the database once. A `durable` call is on the disk when it is answered, and while it
    gets there others are written. The rest outlive the death of the process, but the last of them perhaps not a power
    cut: good enough for what workers can tell again. What was told in a transaction is handed to `publish`, on the
    loop, after its commit and before the answers. `look` is called before the commit, in the thread that writes.
    """

    def __init__(
        self,
        database: Database,
        publish: Callable[[Sequence[Envelope]], None],
        clock: Callable[[], float] = time.time,
        sync: Sync = sync_data,
        look: Callable[[Tables], None] = lambda _: None,
    ) -> None:
        self.commits = 0
        self._look = look
        self._database = database
        self._publish = publish
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._unkept: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._kept = 0
        self._failure: OSError | None = None
        self._nothing_to_keep: asyncio.Future[None] = self._loop.create_future()
        self._nothing_to_keep.set_result(None)
        self._syncer = Syncer(database.log, self._synced, sync)
        self._thread = threading.Thread(target=self._work, name="nodeflow-writer", daemon=True)
        self._thread.start()

    async def do(self, work: Work[T], *, durable: bool = True) -> T:
        """The answer of `work(tables)`, once it is committed, or kept; what it raises undoes it and nothing else."""
        written = await self.hand_in(work, durable=durable)
        return await written.lasting()

    def hand_in(self, work: Work[T], *, durable: bool = True) -> asyncio.Future[Written[T]]:
        """`do`, for callers with something else to do until it is committed, or kept.

        Once handed in it is done, whether or not somebody waits for the answer. What is handed in next, before anything
        is awaited, is nearly always done in the same transaction, and after it in any case.
        """
        future: asyncio.Future[Written[T]] = self._loop.create_future()
        self._calls.put(_Call(work, durable, future))
        return future

    async def close(self) -> None:
        """Write what was handed in, bring it onto the disk, and end."""
        self._calls.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        await self._loop.run_in_executor(None, self._syncer.close)

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
        tables.log.told = []
        answers: list[_Answer]
        try:
            with connection.begin():
                answers = [
                    answer
                    for _, calls in itertools.groupby(group, _kind)
                    for answer in _attempts(connection, tables, [call.work for call in calls])
                ]
                self._look(tables)
        except Exception as error:  # noqa: BLE001 - whatever keeps a commit from happening is every caller's
            answers = [(None, _told_plainly(error))] * len(group)
            tables.log.told = []
        self.commits += 1
        # First, so that a sync that begins before the answers knows of all that it brings onto the disk.
        if any(call.durable for call in group):
            self._syncer.want(self.commits)
        self._loop.call_soon_threadsafe(self._answer, tables.log.told, group, answers, self.commits)

    def _answer(
        self, told: Sequence[Envelope], group: Sequence[_Call], answers: Sequence[_Answer], commit: int
    ) -> None:
        if told:
            self._publish(told)
        kept = self._loop.create_future()
        for call, (value, error) in zip(group, answers, strict=True):
            if call.future.cancelled():
                continue
            if error is None:
                call.future.set_result(Written(value, kept if call.durable else self._nothing_to_keep))
            else:
                call.future.set_exception(error)
        if any(call.durable for call in group):
            self._unkept.append((commit, kept))
            self._settle()

    def _synced(self, commit: int, failure: OSError | None) -> None:
        self._loop.call_soon_threadsafe(self._keep, commit, failure)

    def _keep(self, commit: int, failure: OSError | None) -> None:
        self._kept, self._failure = commit, failure
        self._settle()

    def _settle(self) -> None:
        """Tell those who wait for what is on the disk by now."""
        while self._unkept and self._unkept[0][0] <= self._kept:
            kept = self._unkept.popleft()[1]
            if self._failure is None:
                kept.set_result(None)
            else:
                kept.set_exception(DatabaseError(f"the disk does not keep what is written to it: {self._failure}"))
                # Whether or not somebody still waits for it.
                kept.exception()


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
            except (DBAPIError, sqlite3.Error) as error:
                raise _told_plainly(error) from error

    def close(self) -> None:
        self._threads.shutdown()


_Answer = tuple[Any, BaseException | None]


def _kind(call: _Call) -> type[Any] | int:
    """What calls that stand one behind the other must have in common to be done together."""
    return type(call.work) if hasattr(call.work, "together") else id(call)


def _attempts(connection: Connection, tables: Tables, works: Sequence[Work[Any]]) -> list[_Answer]:
    """What came of works of one kind: done together, and if that fails one by one."""
    if len(works) > 1:
        first: Joint[Any] = cast("Joint[Any]", works[0])
        values, error = _attempt(connection, tables, lambda tables: first.together(tables, cast("Any", works)))
        if error is None:
            return [(value, None) for value in values]
    return [_attempt(connection, tables, work) for work in works]


def _attempt(connection: Connection, tables: Tables, work: Work[Any]) -> _Answer:
    told = len(tables.log.told)
    _execute(connection, "SAVEPOINT attempt")
    try:
        value = work(tables)
    except Exception as error:  # noqa: BLE001 - it is the caller's, who is told of it
        try:
            _execute(connection, "ROLLBACK TO attempt")
            _execute(connection, "RELEASE attempt")
        except (DBAPIError, sqlite3.Error):
            # A disk that is full, say, makes SQLite give up the whole transaction.
            raise error from None
        del tables.log.told[told:]
        return None, _told_plainly(error)
    _execute(connection, "RELEASE attempt")
    return value, None


def _execute(connection: Connection, statement: str) -> None:
    """A statement without anything in it or to come of it."""
    driver(connection).execute(statement)


def _told_plainly(error: Exception) -> Exception:
    """What went wrong with the file itself, in our words."""
    if not isinstance(error, DBAPIError | sqlite3.Error):
        return error
    told = DatabaseError(f"the database cannot be read or written: {getattr(error, 'orig', error)}")
    told.__cause__ = error
    return told
