"""The service from end to end, with real workers: what is accepted is carried out, and told of."""

from __future__ import annotations

import asyncio
import base64
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from nodeflow.config import Config
from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import Envelope, GalleryRecord, Idempotency, NewRun, Submitted
from nodeflow.store import Store
from nodeflow.worker.service import Service
from tests.nodeflow.worker.conftest import PATIENCE, carried_out, graph, submit, told, until


async def test_a_run_is_carried_out_and_told_of(start: Any, tmp_path: Path) -> None:
    service = await start()
    document = {
        "nodeflow": 1,
        "nodes": {
            "words": {"type": "naughty/Text", "values": {"value": "hello"}},
            "save": {"type": "naughty/Note", "links": {"text": "words.text"}},
        },
    }
    (run,) = await carried_out(service, document, tags=("a", "b"), name="greeting")
    assert (run.state, run.error, run.attempt, run.name, run.tags) == ("succeeded", None, 1, "greeting", ("a", "b"))
    assert {node.node_id: (node.type, node.state) for node in run.nodes} == {
        "words": ("naughty/Text", "done"),
        "save": ("naughty/Note", "done"),
    }
    (artifact,) = run.artifacts
    assert run.outputs == {
        "save": {"file": {"sha256": artifact.sha256, "name": "note.txt", "media_type": "text/plain", "size": 5}}
    }
    assert Store(tmp_path / "data" / "files").read(artifact.sha256) == b"hello"
    assert (await service.library.file(artifact.sha256)).media_type == "text/plain"
    assert (await service.library.artifacts()).items == (GalleryRecord(**asdict(artifact), traits={}),)
    envelopes = await told(service, run.id)
    assert [envelope.kind for envelope in envelopes] == [
        "run_queued",
        "run_started",
        "run_planned",
        "node_started",
        "node_finished",
        "node_started",
        "node_finished",
        "artifact",
        "run_finished",
    ]
    assert [envelope.sequence for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    assert envelopes[-1].data["state"] == "succeeded"
    assert run.last_event == envelopes[-1].id


async def test_it_runs_while_it_gets_onto_the_disk_and_is_answered_after(config: Config) -> None:
    """One sync is all that the answer waits for."""
    may_end, synced = threading.Event(), list[int]()

    def sync(file: int) -> None:
        synced.append(file)
        assert may_end.wait(PATIENCE)

    service = Service(config, sync=sync)
    starting = asyncio.ensure_future(service.start())
    await until(lambda: synced)
    may_end.set()
    await starting
    may_end.clear()
    synced.clear()
    call = asyncio.ensure_future(service.submit_and_wait(NewRun(graph=graph("Text", value="hello")), PATIENCE))
    await until(lambda: service.stats().ended.get("succeeded"))
    assert not call.done()
    may_end.set()
    submitted, run = await call
    assert run is not None
    assert (run.state, run.id, len(synced)) == ("succeeded", submitted.runs[0].id, 1)
    await service.stop(0)


async def test_who_submits_and_waits_sees_the_end_however_soon_it_comes(start: Any) -> None:
    """Also when the run is withdrawn in the very next transaction, long before a worker is there."""
    service = await start()
    new = NewRun(graph=graph("Text", value="hello"))
    call = asyncio.ensure_future(service.submit_and_wait(new, PATIENCE))
    await asyncio.sleep(0)
    await service.cancel_all()
    _, run = await call
    assert run.state == "cancelled"


async def test_submitting_and_waiting_with_a_key(start: Any) -> None:
    service = await start()
    new, key = NewRun(graph=graph("Text", value="hello")), Idempotency("key", "digest")
    first, run = await service.submit_and_wait(new, PATIENCE, key)
    again, same = await service.submit_and_wait(new, PATIENCE, key)
    assert (first.replayed, again.replayed, same) == (False, True, run)
    await service.delete(run.id)
    assert await service.submit_and_wait(new, PATIENCE, key) == (Submitted((), replayed=True), None)
    _, waiting = await service.submit_and_wait(NewRun(graph=graph("Count", to=10_000, seconds=0.01)), 0.01)
    assert waiting.state in ("queued", "running")


async def test_a_picture_gets_clearer_for_those_who_look(start: Any) -> None:
    """Also for one who begins to look while the node runs; nothing of it is in the log."""
    service = await start()
    (run_id,) = await submit(service, graph("Count", to=1_000_000, seconds=0.02))
    stream = service.subscribe(run=run_id, previews=True)
    previews: list[Envelope] = []
    async for envelope in stream:
        if envelope.kind == "node_preview":
            previews.append(envelope)
        if len(previews) == 3:
            await service.cancel(run_id)
    assert len(previews) >= 3
    assert all((each.id, each.sequence, each.run_id) == (None, None, run_id) for each in previews)
    assert previews[0].data["media_type"] == "image/jpeg"
    assert base64.b64decode(previews[0].data["base64"]).startswith(b"\xff\xd8")
    story = await told(service, run_id)
    assert story[-1].data["state"] == "cancelled"
    assert not any(each.kind == "node_preview" for each in story)
    progress = [each.data["done"] for each in story if each.kind == "node_progress"]
    assert progress == sorted(progress)
    node = (await service.run(run_id)).nodes[0]
    assert (node.done, node.total) == (progress[-1], 1_000_000)


async def test_nobody_looks_so_no_picture_is_made(start: Any, tmp_path: Path) -> None:
    service = await start()
    heard: list[int] = []
    service.observe(lambda envelope: heard.append(envelope.data["done"]) if "done" in envelope.data else None)
    (run,) = await carried_out(service, graph("Count", to=3, drawn=str(tmp_path / "drawn")))
    assert (run.state, run.outputs) == ("succeeded", {"n": {"integer": 3}})
    # What comes between is told or not, as time goes.
    assert (heard[0], heard[-1]) == (1, 3)
    assert not (tmp_path / "drawn").exists()


async def test_each_device_has_a_worker(start: Any) -> None:
    service = await start(devices=("cpu", "cuda:1"))
    await until(lambda: all(worker.state == "idle" for worker in service.health().workers))
    waiting = await submit(service, *[graph("Settings")] * 2, graph("Wait"), graph("Wait"))
    busy = await until(lambda: (found := service.health().workers) and all(each.run_id for each in found) and found)
    assert [(worker.name, worker.device) for worker in busy] == [("worker-0", "cpu"), ("worker-1", "cuda:1")]
    assert len({worker.pid for worker in busy}) == 2
    outputs = [(await service.wait(run_id, PATIENCE)).outputs["n"]["json"]["device"] for run_id in waiting[:2]]
    assert set(outputs) <= {"cpu", "cuda:1"}
    assert await service.cancel_all() == 2
    # Their memory is looked at now and then; runs may have begun before the first time.
    assert await until(lambda: all((worker.rss or 0) > 1 << 20 for worker in service.health().workers))


async def test_waiting_for_a_run(start: Any) -> None:
    service = await start()
    await service.pause()
    (run_id,) = await submit(service, graph("Text"))
    assert (await service.wait(run_id, 0)).state == "queued"
    assert (await service.wait(run_id, 0.01)).state == "queued"
    both = [asyncio.ensure_future(service.wait(run_id, PATIENCE)) for _ in range(2)]
    gone = asyncio.ensure_future(service.wait(run_id, PATIENCE))
    await asyncio.sleep(0)
    gone.cancel()
    await service.resume()
    assert [run.state for run in await asyncio.gather(*both)] == ["succeeded", "succeeded"]
    with pytest.raises(NotFound, match="no run 'nobody'"):
        await service.wait("nobody", PATIENCE)


async def test_waiting_for_a_run_that_is_deleted(start: Any) -> None:
    service = await start()
    await service.pause()
    (run_id,) = await submit(service, graph("Text"))
    waiting = asyncio.ensure_future(service.wait(run_id, PATIENCE))
    await asyncio.sleep(0.05)
    await service.delete(run_id)
    with pytest.raises(NotFound):
        await waiting


async def test_pages_have_a_size(start: Any) -> None:
    service = await start()
    for read in (service.runs, service.library.graphs, service.library.artifacts):
        for limit in (0, -1, 501):
            with pytest.raises(ValueError, match=f"a page has from 1 to 500 items, not {limit}"):
                await read(limit=limit)


async def test_figures(start: Any) -> None:
    service = await start()
    await carried_out(service, graph("Note", text="a"), graph("Misbehave", how="raise"))
    await carried_out(service, graph("Note", text="a"))
    await service.pause()
    kept, gone, deleted = await submit(service, *[graph("Text")] * 3)
    await service.cancel(gone)
    await service.delete(deleted)
    stats = service.stats()
    assert (stats.queued, stats.running, stats.paused, stats.requeued) == (1, 0, True, 0)
    assert stats.ended == {"succeeded": 2, "failed": 1, "cancelled": 1}
    assert stats.nodes == {"done": 1, "failed": 1, "cached": 1}
    assert stats.commits <= stats.events + 10
    assert stats.subscribers == 0
    counts = await service._read(lambda tables: tables.runs.counts())
    assert counts == {"queued": stats.queued, "running": stats.running}
    assert (await service.run(kept)).position == 1


async def test_a_bookmark_stays_where_it_was_put(start: Any) -> None:
    service = await start()
    assert await service.bookmark("here") == 0
    await service.set_bookmark("here", 5)
    assert await service.bookmark("here") == 5


async def test_old_events_are_forgotten_at_the_start(config: Config) -> None:
    service = Service(config, clock=lambda: 1_000.0)
    await service.start()
    await service.pause()
    await submit(service, *[graph("Text")] * 1_500)
    await service.stop(0)
    again = Service(config)
    await again.start()

    async def left() -> int:
        told = await again._read(lambda tables: tables.log.after(0, limit=5_000))
        return [envelope.kind for envelope in told].count("run_queued")

    async with asyncio.timeout(PATIENCE):
        while await left() > 600:
            await asyncio.sleep(0.01)
    assert (await again.queue()).queued == 1_500, "the runs themselves stay"
    await again.stop(0)
