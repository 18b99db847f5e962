"""When a slot claims: as a run is accepted, as the one before ends, and not for a worker that is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest_asyncio

from nodeflow.queue.database import Database
from nodeflow.queue.records import Envelope, NewRun
from nodeflow.queue.tables import Submit
from nodeflow.queue.writer import Writer
from nodeflow.worker.process import Death, Message, Process
from nodeflow.worker.slot import Slot
from nodeflow.worker.turn import Terms
from tests.nodeflow.worker.conftest import PATIENCE, graph, until


class Worker:
    """In the place of a process: every run that it is given has ended at once, in one state."""

    state = "succeeded"
    responsive, printed, pid, rss, environment = True, "", 1, None, dict[str, str]()

    def __init__(self) -> None:
        self.ready, self.ended = asyncio.Event(), asyncio.Event()
        self.inbox: asyncio.Queue[list[Message] | None] = asyncio.Queue()

    async def start(self) -> None:
        self.ready.set()

    def say(self, message: Message) -> None:
        if message["do"] == "run":
            done = {"state": self.state, "seconds": 0.0, "outputs": {}, "error": None}
            self.inbox.put_nowait([{"say": "finished", "run_id": message["run_id"], **done}])

    async def stop(self) -> None:
        self.ended.set()

    async def close(self) -> None:
        self.ended.set()

    async def death(self) -> Death:
        return Death("worker_died", "is gone")


class Desk:
    """A slot at work; what is told is kept by commits, and `heard` is called with each of them."""

    def __init__(self, database: Database) -> None:
        self.commits: list[list[str]] = []
        self.workers: list[Worker] = []
        self.heard: Callable[[list[str]], None] = lambda _: None
        self.writer = Writer(database, self._publish)
        terms = Terms(attempts=3, grace=1.0)
        self.slot = Slot("worker-0", "cpu", self._make, self.writer, print, lambda _: False, terms)
        self.task = asyncio.ensure_future(self.slot.work(lambda _: False))

    async def idle(self) -> None:
        await until(lambda: self.slot._waiting is not None)

    async def submit(self, count: int) -> list[str]:
        """Accept runs, handed in one by one behind something that takes long, so that they share a transaction."""
        go = threading.Event()
        held = self.writer.hand_in(lambda _: go.wait(PATIENCE))
        calls = []
        for _ in range(count):
            calls.append(self.writer.hand_in(Submit([NewRun(graph=graph("Text"))])))
            self.slot.beckon()
        go.set()
        await held
        return [run.id for call in calls for run in (await call).value.runs]

    async def read(self, run_id: str) -> Any:
        return await self.writer.do(lambda tables: tables.runs.row(run_id), durable=False)

    def _publish(self, told: Sequence[Envelope]) -> None:
        kinds = [each.kind for each in told]
        self.commits.append(kinds)
        self.heard(kinds)
        if {"run_queued", "run_requeued"}.intersection(kinds):
            self.slot.wake()

    def _make(self) -> Process:
        self.workers.append(Worker())
        return cast("Process", self.workers[-1])


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(tmp_path / "nodeflow.db")
    database.open()
    desk = Desk(database)
    await desk.idle()
    yield desk
    desk.slot.stop()
    await desk.task
    await desk.writer.close()
    database.close()


async def test_an_idle_worker_claims_a_run_as_it_is_accepted(desk: Desk) -> None:
    await desk.submit(1)
    await until(lambda: len(desk.commits) == 2)
    await desk.idle()
    assert desk.commits == [["run_queued", "run_started"], ["run_finished"]]


async def test_the_next_run_is_claimed_as_the_one_before_ends(desk: Desk) -> None:
    await desk.submit(3)
    await until(lambda: len(desk.commits) == 4)
    await desk.idle()
    first, *others = desk.commits
    assert sorted(first) == ["run_queued"] * 3 + ["run_started"]
    assert others == [["run_finished", "run_started"], ["run_finished", "run_started"], ["run_finished"]]


async def test_a_run_that_nobody_beckoned_for_is_claimed_as_well(desk: Desk) -> None:
    await desk.writer.do(Submit([NewRun(graph=graph("Text"))]))
    await until(lambda: len(desk.commits) == 3)
    assert desk.commits == [["run_queued"], ["run_started"], ["run_finished"]]


async def test_a_run_is_put_back_when_its_worker_was_gone_before_it_began(desk: Desk) -> None:
    def heard(kinds: list[str]) -> None:
        if "run_started" in kinds and len(desk.workers) == 1:
            desk.workers[0].ended.set()

    desk.heard = heard
    (run_id,) = await desk.submit(1)
    await until(lambda: len(desk.commits) == 4)
    assert desk.commits == [["run_queued", "run_started"], ["run_requeued"], ["run_started"], ["run_finished"]]
    row = await desk.read(run_id)
    assert (row.state, row.attempt, row.deaths) == ("succeeded", 2, 0), "it was no fault of the run"


async def test_nothing_begins_once_it_is_to_stop(desk: Desk) -> None:
    desk.heard = lambda kinds: desk.slot.stop() if "run_started" in kinds else None
    claimed, waiting = await desk.submit(2)
    await desk.task
    assert [(await desk.read(run_id)).state for run_id in (claimed, waiting)] == ["queued", "queued"]


async def test_an_end_that_could_not_be_written_puts_the_run_back(desk: Desk) -> None:
    """Nor is the next one claimed in its place: both were one call."""
    desk.workers[0].state = "of no kind that the database takes"
    (run_id,) = await desk.submit(1)
    await until(lambda: len(desk.commits) == 3)
    assert desk.commits == [["run_queued", "run_started"], ["run_requeued", "run_started"], ["run_finished"]]
    assert len(desk.workers) == 2
    row = await desk.read(run_id)
    assert (row.state, row.attempt, row.deaths) == ("succeeded", 2, 0)
