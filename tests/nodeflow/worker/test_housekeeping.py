"""Housekeeping over real files: those of deleted runs go when their time has come, all others stay."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from nodeflow.config import Config
from nodeflow.queue.database import Database
from nodeflow.queue.log import Told
from nodeflow.queue.records import NewRun
from nodeflow.queue.tables import Tables
from nodeflow.queue.writer import Reader, Writer
from nodeflow.store import Store
from nodeflow.worker.housekeeping import DAY, Housekeeping

LONG_AGO = 1_000.0


class House:
    """A database and a store, and a clock that is set by hand."""

    def __init__(self, root: Path) -> None:
        self.now = 5_000_000.0
        self.database = Database(root / "nodeflow.db")
        self.database.open()
        self.store = Store(root / "files")
        self.writer = Writer(self.database, lambda _: None, self.clock)
        self.reader = Reader(self.database, self.clock)
        config = Config(data_dir=root, keep_files_days=2.0)
        self.keeping = Housekeeping(config, self.writer, self.reader, self.clock)

    def clock(self) -> float:
        return self.now

    async def made(self, *contents: str, used: float = LONG_AGO) -> tuple[str, list[str]]:
        """A run that has made files, which were last used at a time."""
        digests = [self.store.put(content.encode()) for content in contents]
        for digest in digests:
            os.utime(self.store.path(digest), (used, used))

        def write(tables: Tables) -> str:
            (run,) = tables.runs.submit([NewRun(graph={"nodeflow": 1, "nodes": {}})])
            claim = tables.turns.claim("w")
            assert claim is not None
            tables.turns.finish(claim, "succeeded", told=[told(digest) for digest in digests])
            return run.id

        return await self.writer.do(write), digests

    async def delete(self, run_id: str) -> None:
        await self.writer.do(lambda tables: tables.requests.delete(run_id))

    def there(self, *digests: str) -> list[bool]:
        return [self.store.has(digest) for digest in digests]


def told(digest: str) -> Told:
    return Told("artifact", "n", {"sha256": digest, "name": "a", "media_type": "text/plain", "size": 1})


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.writer.close()
    house.reader.close()
    house.database.close()


async def test_files_of_a_deleted_run_stay_for_a_time(house: House) -> None:
    run_id, digests = await house.made("one", "two")
    other_id, others = await house.made("two", "three")
    await house.delete(run_id)
    house.now += 1.9 * DAY
    assert (await house.keeping.sweep(), house.there(*digests, *others)) == (0, [True] * 4)
    house.now += 0.2 * DAY
    assert (await house.keeping.sweep(), house.there(*digests, *others)) == (1, [False, True, True, True])
    await house.delete(other_id)
    house.now += 2.1 * DAY
    assert (await house.keeping.sweep(), house.there(*others)) == (2, [False, False])
    assert list(house.store.digests()) == []


async def test_what_a_run_has_just_taken_from_the_cache_stays(house: House) -> None:
    """It may be about to say so; when it has not, the file goes in the end."""
    run_id, (digest,) = await house.made("one")
    await house.delete(run_id)
    assert house.store.use(digest)
    house.now += 2.1 * DAY
    assert (await house.keeping.sweep(), house.there(digest)) == (0, [True])
    os.utime(house.store.path(digest), (LONG_AGO, LONG_AGO))
    house.now += 2.1 * DAY
    assert (await house.keeping.sweep(), house.there(digest)) == (1, [False])


async def test_what_nobody_knows_of_stays(house: House) -> None:
    """What `nodeflow run` has put into the same store, say."""
    digest = house.store.put(b"another's")
    os.utime(house.store.path(digest), (LONG_AGO, LONG_AGO))
    house.now += 100 * DAY
    assert (await house.keeping.sweep(), house.there(digest)) == (0, [True])


async def test_a_file_that_is_gone_already_is_no_trouble(house: House) -> None:
    run_id, (digest,) = await house.made("one")
    await house.delete(run_id)
    house.store.remove(digest)
    house.now += 3 * DAY
    assert await house.keeping.sweep() == 1
    assert await house.keeping.sweep() == 0


async def test_what_cannot_be_deleted_is_tried_again_later(house: House, monkeypatch: Any, caplog: Any) -> None:
    run_id, (digest,) = await house.made("one")
    await house.delete(run_id)
    house.now += 3 * DAY

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert await house.keeping.sweep() == 0
    assert "cannot be deleted: read-only file system" in caplog.text
    house.now += 3 * DAY
    assert (await house.keeping.sweep(), house.there(digest)) == (1, [False])
