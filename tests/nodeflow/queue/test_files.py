"""Files that were brought and files that were made, idempotency keys, bookmarks."""

from __future__ import annotations

from typing import Any

import pytest

from nodeflow.queue.errors import KeyReused, NotFound
from nodeflow.queue.log import Told
from nodeflow.queue.records import FileRecord, Idempotency
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import Clock, claimed, new, submit

ONE, TWO = "1" * 64, "2" * 64


def brought(sha256: str, name: str = "a.png", **more: Any) -> FileRecord:
    return FileRecord(sha256=sha256, name=name, media_type="image/png", size=7, **more)


def made(tables: Tables, *digests: str) -> str:
    (run_id,) = submit(tables)
    claim = claimed(tables)
    for digest in digests:
        data = {"sha256": digest, "name": f"{digest[0]}.txt", "media_type": "text/plain", "size": 3}
        tables.turns.record(claim, [Told("artifact", "n", data)])
    tables.turns.finish(claim, "succeeded")
    return run_id


def test_what_was_brought_is_noted_once(tables: Tables, clock: Clock) -> None:
    first = tables.files.register(brought(ONE, width=3, height=4))
    assert (first.uploaded, first.width, first.height) == (1_000.0, 3, 4)
    clock.now += 1
    assert tables.files.register(brought(ONE, "another name.png")) == first
    assert tables.files.get(ONE) == first


def test_what_was_made_is_known_too(tables: Tables) -> None:
    made(tables, ONE)
    assert tables.files.get(ONE) == FileRecord(sha256=ONE, name="1.txt", media_type="text/plain", size=3)
    tables.files.register(brought(ONE))
    assert tables.files.get(ONE).media_type == "image/png"
    with pytest.raises(NotFound, match=f"no file '{TWO}'"):
        tables.files.get(TWO)


def test_the_gallery_shows_the_newest_first(tables: Tables) -> None:
    runs = [made(tables, ONE, TWO), made(tables, TWO)]
    expected = [(runs[1], TWO), (runs[0], TWO), (runs[0], ONE)]
    after, seen = None, []
    while True:
        page = tables.files.artifacts(after=after, limit=2)
        seen += [(each.run_id, each.sha256) for each in page.items]
        if (after := page.next) is None:
            break
    assert seen == expected
    tables.requests.delete(runs[1])
    assert [(each.run_id, each.sha256) for each in tables.files.artifacts().items] == expected[1:]


def test_the_same_request_again_makes_nothing_new(tables: Tables) -> None:
    key = Idempotency("key", "digest")
    first = tables.submit([new(), new()], key)
    again = tables.submit([new(), new()], key)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.runs == first.runs
    assert tables.runs.counts()["queued"] == 2
    claimed(tables)
    assert [run.state for run in tables.submit([new(), new()], key).runs] == ["running", "queued"]


def test_another_request_needs_another_key(tables: Tables) -> None:
    tables.submit([new()], Idempotency("key", "digest"))
    with pytest.raises(KeyReused, match="the idempotency key 'key' came with another request before"):
        tables.submit([new()], Idempotency("key", "another"))
    assert not tables.submit([new()], Idempotency("another", "digest")).replayed
    assert tables.runs.counts()["queued"] == 2


def test_a_key_is_remembered_for_a_day(tables: Tables, clock: Clock) -> None:
    key = Idempotency("key", "digest")
    tables.submit([new()], key)
    clock.now += 24 * 3600 - 1
    assert tables.submit([new()], key).replayed
    clock.now += 2
    assert not tables.submit([new()], key).replayed


def test_what_was_deleted_since_is_not_replayed(tables: Tables) -> None:
    key = Idempotency("key", "digest")
    first, second = tables.submit([new(), new()], key).runs
    tables.requests.delete(first.id)
    again = tables.submit([new(), new()], key)
    assert (again.replayed, [run.id for run in again.runs]) == (True, [second.id])


def test_bookmarks(tables: Tables) -> None:
    assert tables.bookmarks.get("webhooks") == 0
    tables.bookmarks.put("webhooks", 7)
    tables.bookmarks.put("webhooks", 8)
    tables.bookmarks.put("another", 1)
    assert (tables.bookmarks.get("webhooks"), tables.bookmarks.get("another")) == (8, 1)
