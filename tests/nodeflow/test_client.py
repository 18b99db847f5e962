"""The Python client against the real server, and against connections that fail."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image as Pillow

from nodeflow import client as module
from nodeflow.client import Client, ServerError, Unreachable
from tests.nodeflow.server.conftest import SUM, Server, note, serving


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> object:
    with serving(tmp_path_factory.mktemp("client")) as made:
        yield made


@pytest.fixture
async def client(own: Server) -> AsyncIterator[Client]:
    async with Client(own.url) as made:
        yield made


async def test_a_graph_is_submitted_followed_and_fetched(client: Client, tmp_path: Path) -> None:
    accepted = await client.submit(note("by the client"), tags=("mine",), priority=3)
    kinds = [event.kind async for event in client.events(accepted.id)]
    assert (kinds[0], kinds[-1]) == ("run_queued", "run_finished")
    run = await client.finished(accepted.id)
    assert (run.state, run.tags, run.priority) == ("succeeded", ["mine"], 3)
    await client.download(run.artifacts[0].sha256, tmp_path / "note.txt")
    assert (tmp_path / "note.txt").read_text() == "by the client"
    assert [each.name for each in tmp_path.iterdir()] == ["note.txt"]
    assert [run.id for run in (await client.runs(tag="mine")).items] == [accepted.id]


async def test_a_batch_a_retry_and_a_cancellation(client: Client) -> None:
    batch = await client.submit_batch(SUM, product={"a": [1, 2]}, inputs={"b": 10})
    results = [(await client.finished(run.id)).outputs["sum"]["integer"] for run in batch.runs]
    assert results == [11, 12]
    again = await client.retry(batch.runs[0].id)
    assert (await client.finished(again.id)).retry_of == batch.runs[0].id
    assert (await client.cancel(again.id)).state == "succeeded"
    assert (await client.queue()).paused is False


async def test_graphs_are_saved_checked_and_run_by_name(client: Client) -> None:
    saved = await client.save_graph("sum", SUM)
    assert await client.graph("sum") == SUM
    await client.save_graph("sum", SUM, etag=saved.etag)
    with pytest.raises(ServerError, match="changed in the meantime"):
        await client.save_graph("sum", SUM)
    assert (await client.check(SUM, {"a": 1})).valid
    run = await client.finished((await client.submit("sum", {"a": 1})).id)
    assert (run.name, run.outputs["sum"]["integer"]) == ("sum", 3)


async def test_a_picture_is_brought(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Pillow.new("RGB", (5, 4), "red").save(path)
    file = await client.upload(path)
    assert (file.name, file.width, file.height, file.value) == ("red.png", 5, 4, f"sha256:{file.sha256}")


async def test_what_the_server_refuses_is_told_in_full(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="did you mean 'IntegerMath'") as refused:
        await client.submit({"nodeflow": 1, "nodes": {"a": {"type": "IntegerMaths"}}})
    assert refused.value.problem.status == 422
    with pytest.raises(ServerError, match="no run"):
        await client.run("nothing")
    with pytest.raises(ServerError):
        await client.download("0" * 64, tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


async def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    # Taken, so that nobody else gets it, but not listening.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        async with Client(f"http://{where}") as client:
            with pytest.raises(Unreachable, match=where):
                await client.queue()


async def test_a_connection_that_breaks_off_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    seen: list[str | None] = []
    keys: list[str | None] = []

    async def events(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Last-Event-ID"))
        response = web.StreamResponse()
        await response.prepare(request)
        first = int(seen[-1] or 0) + 1
        for number in range(first, first + 2):
            text = f'{{"id":{number},"run_id":"r","sequence":{number},"kind":"warning","time":0,"data":{{}}}}'
            await response.write(f"id: {number}\ndata: {text}\n\n".encode())
        if first < 4:
            assert request.transport is not None
            # What was written goes out before the connection is cut.
            await asyncio.sleep(0)
            request.transport.close()
        return response

    async def submit(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=404, text="no nodeflow")

    app = web.Application()
    app.router.add_get("/v1/runs/r/events", events)
    app.router.add_post("/v1/runs", submit)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with Client(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            ids = [event.id async for event in client.events("r")]
            with pytest.raises(Unreachable, match="no nodeflow server"):
                await client.submit(SUM)
    finally:
        await runner.cleanup()
    assert ids == [1, 2, 3, 4, 5, 6]
    assert seen == [None, "2", "4"]
    assert len(set(keys)) == 1
    assert len(keys) == 2
