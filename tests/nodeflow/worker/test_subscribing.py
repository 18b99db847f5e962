"""Listening: the log, then what comes, each envelope exactly once; nobody is held up by one who does not read."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nodeflow.queue.database import Database
from nodeflow.queue.errors import NotFound
from nodeflow.queue.log import Told
from nodeflow.queue.records import Envelope, NewRun
from nodeflow.queue.tables import Tables
from nodeflow.queue.turns import Claim
from nodeflow.queue.writer import Reader, Work, Writer
from nodeflow.worker import recent
from nodeflow.worker.hub import Hub
from nodeflow.worker.subscriber import PAGE, PREVIEWS

GRAPH = {"nodeflow": 1, "nodes": {"n": {"type": "Text"}}}


class Station:
    """A hub with a database behind it, and no workers."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.hub = Hub()
        self.all: list[Envelope] = []
        self.hub.observe(self.all.append)
        self.writer = Writer(database, self.hub.publish)
        self.reader = Reader(database)

    async def run(self) -> Claim:
        """A run that has begun."""

        def begin(tables: Tables) -> Claim:
            tables.runs.submit([NewRun(graph=GRAPH)])
            claim = tables.turns.claim("worker-0")
            assert claim is not None
            return claim

        return await self.writer.do(begin, durable=False)

    async def tell(self, claim: Claim, count: int) -> None:
        """Many things, in several transactions."""
        told = [Told("warning", "n", {"message": "hm"})] * 50
        for _ in range(0, count, 50):
            await self.writer.do(lambda tables: tables.turns.record(claim, told), durable=False)

    async def end(self, claim: Claim) -> None:
        await self.writer.do(lambda tables: tables.turns.finish(claim, "succeeded"), durable=False)

    async def close(self) -> None:
        self.hub.close()
        await self.writer.close()
        self.reader.close()

    def listen(
        self, run: str | None = None, after: int | None = None, *, previews: bool = False
    ) -> AsyncGenerator[Envelope, None]:
        return self.hub.subscribe(self.reader, run, after, previews=previews)


@pytest_asyncio.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    database = Database(tmp_path / "nodeflow.db")
    database.open()
    station = Station(database)
    yield station
    await station.close()
    database.close()


async def taken(stream: AsyncGenerator[Envelope, None], count: int) -> list[Envelope]:
    """The next few."""
    return [await asyncio.wait_for(anext(stream), 60) for _ in range(count)]


def ids(envelopes: list[Envelope]) -> list[int | None]:
    return [each.id for each in envelopes]


async def test_from_now_on(station: Station) -> None:
    await station.run()
    stream = station.listen()
    first = asyncio.ensure_future(taken(stream, 2))
    while not station.hub.subscribers:
        await asyncio.sleep(0)
    claim = await station.run()
    assert [each.kind for each in await first] == ["run_queued", "run_started"]
    await station.end(claim)
    assert (await taken(stream, 1))[0] == station.all[-1]
    await stream.aclose()
    assert station.hub.subscribers == 0


async def test_from_now_on_where_nothing_was_told_yet(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service comes back, and somebody listens: what is told before the log can be read for him is his."""
    await station.run()
    again = Station(station.database)
    again.hub.begin(await station.reader.do(lambda tables: tables.log.last()))
    may_read, read = asyncio.Event(), again.reader.do

    async def later(work: Work[Any]) -> Any:
        await may_read.wait()
        return await read(work)

    monkeypatch.setattr(again.reader, "do", later)
    stream = again.listen()
    first = asyncio.ensure_future(taken(stream, 2))
    while not again.hub.subscribers:
        await asyncio.sleep(0)
    await again.run()
    may_read.set()
    assert await first == again.all
    await stream.aclose()
    await again.close()


async def test_a_run_from_its_beginning_to_its_end(station: Station) -> None:
    claim, other = await station.run(), await station.run()
    await station.tell(claim, 100)
    await station.tell(other, 100)
    stream = station.listen(claim.run_id)
    early = await taken(stream, 5)
    await station.tell(claim, 500)
    await station.end(claim)
    await station.tell(other, 50)
    seen = early + [envelope async for envelope in stream]
    assert seen == [each for each in station.all if each.run_id == claim.run_id]
    assert [each.sequence for each in seen] == list(range(1, 604))
    again = [envelope async for envelope in station.listen(claim.run_id)]
    assert again == seen, "also when it is over"


async def test_who_drops_and_comes_back_has_seen_everything_once(station: Station) -> None:
    """Whatever number he stops at, and while more and more is told."""
    claim = await station.run()

    async def talk() -> None:
        for _ in range(60):
            await station.tell(claim, 50)
        await station.end(claim)

    talking = asyncio.ensure_future(talk())
    seen: list[Envelope] = []
    steps = [1, 2, 3, 60, PAGE, PAGE + 1, PAGE * 2, 7]
    while not seen or seen[-1].kind != "run_finished":
        stream = station.listen(claim.run_id, seen[-1].id if seen else 0)
        for _ in range(steps[len(seen) % len(steps)]):
            try:
                seen += await taken(stream, 1)
            except StopAsyncIteration:
                break
        await stream.aclose()
    await talking
    assert seen == [each for each in station.all if each.run_id == claim.run_id]


async def test_who_has_seen_the_end_is_told_nothing_more(station: Station) -> None:
    claim = await station.run()
    await station.end(claim)
    last = station.all[-1].id
    for after in (last, 10**6):
        assert [envelope async for envelope in station.listen(claim.run_id, after)] == []


async def test_an_unknown_run(station: Station) -> None:
    for after in (None, 0, 5):
        with pytest.raises(NotFound, match="no run 'nobody'"):
            await anext(station.listen("nobody", after))
    assert station.hub.subscribers == 0


async def test_a_run_that_is_deleted_meanwhile(station: Station) -> None:
    made = await station.writer.do(lambda tables: tables.runs.submit([NewRun(graph=GRAPH)]))
    stream = station.listen(made[0].id)
    assert [each.kind for each in await taken(stream, 1)] == ["run_queued"]
    await station.writer.do(lambda tables: tables.requests.delete(made[0].id))
    assert [each.kind async for each in stream] == ["run_deleted"]


async def test_a_slow_reader_misses_nothing(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """He falls so far behind that what is recent does not reach to him."""
    monkeypatch.setattr(recent, "KEPT", 100)
    claim = await station.run()
    stream = station.listen(after=0)
    seen = await taken(stream, 2)
    for _ in range(10):
        await station.tell(claim, 300)
        seen += await taken(stream, 20)
    await station.end(claim)
    seen += await taken(stream, len(station.all) - len(seen))
    assert ids(seen) == ids(station.all)
    await stream.aclose()


async def test_two_hundred_listeners_twenty_of_whom_never_read(station: Station) -> None:
    before = held()
    claim = await station.run()
    readers = [station.listen(after=0) for _ in range(180)]
    sleepers = [station.listen(after=0, previews=True) for _ in range(20)]
    for stream in (*readers, *sleepers):
        await taken(stream, 1)

    async def read(stream: AsyncGenerator[Envelope, None]) -> list[Envelope]:
        return [await anext(stream) for _ in range(1 + 4_500 + 1_000)]

    reading = [asyncio.ensure_future(read(stream)) for stream in readers]
    await station.tell(claim, 4_500)
    await station.tell(claim, 1_000)
    for number in range(200):
        picture = {"base64": "x" * 10_000}
        station.hub.show(Envelope(None, claim.run_id, None, "node_preview", 0.0, str(number), picture))
    # A million envelopes: a machine that has much else to do takes its time.
    results = await asyncio.wait_for(asyncio.gather(*reading), 600)
    assert all(ids(seen) == ids(station.all)[1:] for seen in results)
    for each in (station.all, results, reading):
        each.clear()
    assert held() - before <= 2 * recent.KEPT + 20 * (PREVIEWS + 2), "for one who does not read, a few are kept"
    for stream in (*readers, *sleepers):
        await stream.aclose()


def held() -> int:
    """How many envelopes there are."""
    gc.collect()
    return sum(type(each) is Envelope for each in gc.get_objects())


async def test_previews_are_for_those_who_look_and_never_late(station: Station) -> None:
    claim, other = await station.run(), await station.run()
    changes: list[bool] = []
    station.hub.when_looks_change(lambda: changes.append(station.hub.looked_at(claim.run_id)))
    blind = station.listen(claim.run_id)
    stream = station.listen(claim.run_id, previews=True)
    await taken(blind, 2)
    await taken(stream, 2)
    assert changes == [True]
    assert not station.hub.looked_at(other.run_id)

    def preview(run_id: str, node_id: str, number: int) -> Envelope:
        return Envelope(None, run_id, None, "node_preview", 0.0, node_id, {"number": number})

    for number in range(5):
        station.hub.show(preview(claim.run_id, "n", number))
        station.hub.show(preview(claim.run_id, "m", number))
        station.hub.show(preview(other.run_id, "n", number))
    await station.writer.do(lambda tables: tables.turns.record(claim, [Told("node_finished", "m", {})]))
    seen = await taken(stream, 2)
    assert [(each.kind, each.node_id, each.data.get("number")) for each in seen] == [
        ("node_finished", "m", None),
        ("node_preview", "n", 4),
    ], "the newest, and none of a node that is done"
    await station.end(claim)
    assert [each.kind async for each in blind] == ["node_finished", "run_finished"]
    assert [each.kind async for each in stream] == ["run_finished"]
    assert changes == [True, False]
    assert station.reader is not None
    assert not any(each.kind == "node_preview" for each in await station.reader.do(lambda tables: tables.log.after(0)))


async def test_an_observer_that_fails_keeps_nobody_from_hearing(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def fail(_: Envelope) -> None:
        raise ValueError("not today")

    end = station.hub.observe(fail)
    station.hub.observe(heard.append)
    claim = await station.run()
    assert heard == station.all
    assert len(caplog.records) == len(heard) == 2
    assert "not today" in caplog.text
    end()
    end()
    await station.end(claim)
    assert (len(caplog.records), len(heard)) == (2, 3)


async def test_closing_ends_every_stream(station: Station) -> None:
    claim = await station.run()
    streams = [station.listen(after=0), station.listen(claim.run_id)]
    for stream in streams:
        await taken(stream, 2)
    waiting = [asyncio.ensure_future(taken(stream, 1)) for stream in streams]
    await asyncio.sleep(0)
    station.hub.close()
    for each in waiting:
        with pytest.raises(StopAsyncIteration):
            await each
    assert [envelope async for envelope in station.listen()] == []
