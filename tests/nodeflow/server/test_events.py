"""Event streams over HTTP: replayed, live, resumed, and never held up by others."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from PIL import Image as Pillow

from nodeflow.server import streams
from nodeflow.server.streams import STREAMS, Streams
from tests.nodeflow.server.conftest import SUM, Caller, Server, note, waiting


async def told_until(response: Any, kind: str) -> list[dict[str, Any]]:
    """The events of a stream up to one of a kind."""
    found = []
    async for line in response.content:
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:]))
            if found[-1]["kind"] == kind:
                return found
    raise AssertionError(f"the stream ended without {kind}")


async def test_the_events_of_a_finished_run_can_be_read_again_from_anywhere(ask: Caller) -> None:
    run = await ask.done(note("told"))
    place = f"/v1/runs/{run['id']}/events"
    events = await ask.events(place)
    kinds = [event["kind"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run_queued", "run_finished")
    assert {"node_started", "artifact", "node_finished"} <= set(kinds)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["id"] == run["last_event"]
    for number, event in enumerate(events[:-1], 1):
        seen = {"Last-Event-ID": str(event["id"])}
        assert await ask.events(place, headers=seen) == events[number:]
    assert await ask.events(f"{place}?after={events[1]['id']}") == events[2:]


async def test_who_has_seen_the_end_is_told_not_to_come_back(ask: Caller) -> None:
    run = await ask.done(SUM)
    told = await ask("GET", f"/v1/runs/{run['id']}/events", headers={"Last-Event-ID": str(run["last_event"])})
    assert told.status == 204


async def test_a_stream_is_written_as_browsers_read_it(ask: Caller) -> None:
    run = await ask.done(SUM)
    told = await ask("GET", f"/v1/runs/{run['id']}/events")
    assert told.headers["Content-Type"] == "text/event-stream"
    begin, *blocks = told.body.decode().removesuffix("\n\n").split("\n\n")
    assert begin == "retry: 1000"
    for block in blocks:
        number, kind, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert (number, kind) == (f"id: {event['id']}", f"event: {event['kind']}")


async def test_a_running_run_is_followed_live(ask: Caller, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    run_id = (await ask.submit(waiting(sign))).json["id"]
    async with ask.session.get(f"{ask.url}/v1/runs/{run_id}/events") as response:
        first = await told_until(response, "node_progress")
        sign.touch()
        rest = await told_until(response, "run_finished")
        assert (await response.content.read()).strip() == b""
    assert [event["sequence"] for event in first + rest] == list(range(1, len(first + rest) + 1))


async def test_who_wants_previews_is_shown_what_is_being_made(ask: Caller, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    nodes = {"show": {"type": "acme/Show", "values": {"sign": str(sign)}}}
    run_id = (await ask.submit({"nodeflow": 1, "nodes": nodes})).json["id"]
    async with ask.session.get(f"{ask.url}/v1/runs/{run_id}/events?previews=1") as response:
        preview = (await told_until(response, "node_preview"))[-1]
        sign.touch()
        await told_until(response, "run_finished")
    assert (preview["id"], preview["sequence"], preview["node_id"]) == (None, None, "show")
    assert preview["data"]["media_type"] == "image/jpeg"
    with Pillow.open(io.BytesIO(base64.b64decode(preview["data"]["base64"]))) as picture:
        red, green, _blue = cast("tuple[int, int, int]", picture.getpixel((4, 4)))
    assert red > 240 > 20 > green
    # They are not kept, and nobody is shown them unasked.
    assert "node_preview" not in {event["kind"] for event in await ask.events(f"/v1/runs/{run_id}/events?previews=1")}


async def test_all_runs_are_followed_and_nothing_is_missed_between_two_connections(ask: Caller) -> None:
    # What others have submitted is over.
    await ask.done(SUM)
    async with ask.session.get(f"{ask.url}/v1/events") as response:
        await response.content.readline()
        one = (await ask.submit(note("one"))).json["id"]
        first = await told_until(response, "run_finished")
    two = await ask.done(note("two"))
    after = {"Last-Event-ID": str(first[-1]["id"])}
    async with ask.session.get(f"{ask.url}/v1/events", headers=after) as response:
        second = await told_until(response, "run_finished")
    assert {event["run_id"] for event in first} == {one}
    assert {event["run_id"] for event in second} == {two["id"]}
    ids = [event["id"] for event in first + second]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("seen", ["x", "-1", "1.5", str(2**64)])
async def test_an_id_that_is_none_is_refused(ask: Caller, seen: str) -> None:
    run = await ask.done(SUM)
    for path in (f"/v1/runs/{run['id']}/events", "/v1/events"):
        assert (await ask("GET", path, headers={"Last-Event-ID": seen})).status == 422


async def test_clients_that_never_read_hold_up_nobody(ask: Caller, server: Server) -> None:
    deaf = []
    for _ in range(20):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /v1/events?after=0&previews=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deaf.append(connection)
    try:
        told = await ask.submit(SUM, batch={"product": {"a": list(range(50))}})
        runs = [(await ask("GET", f"/v1/runs/{run['id']}?wait=60")).json for run in told.json["runs"]]
        assert {run["state"] for run in runs} == {"succeeded"}
    finally:
        for connection in deaf:
            connection.close()


async def served(streams_of: Streams, texts: Any) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app[STREAMS] = streams_of
    app.cleanup_ctx.append(streams_of.watch)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await streams_of.send(request, texts())

    app.router.add_get("/", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/"


async def test_a_silent_stream_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PING", 0.0)
    monkeypatch.setattr(streams, "LOOK", 0.01)
    ended = asyncio.Event()

    async def texts() -> Any:
        await asyncio.Event().wait()
        yield b""

    async def watched() -> Any:
        try:
            async for text in texts():
                yield text
        finally:
            ended.set()

    found = Streams()
    runner, url = await served(found, watched)
    async with ClientSession() as session, session.get(url) as response:
        lines = [await response.content.readline() for _ in range(4)]
    assert lines == [b"retry: 1000\n", b"\n", b": ping\n", b"\n"]
    # The client has gone, and the stream with it.
    await asyncio.wait_for(ended.wait(), 60)
    await runner.cleanup()
    assert found.open == set()


async def test_a_stream_that_nobody_reads_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STALLED", 0.1)
    monkeypatch.setattr(streams, "LOOK", 0.01)
    ended = asyncio.Event()

    async def texts() -> Any:
        try:
            while True:
                yield b"data: " + b"x" * 100_000 + b"\n\n"
        finally:
            ended.set()

    found = Streams()
    runner, url = await served(found, texts)
    port = int(url.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(ended.wait(), 60)
    await runner.cleanup()
    assert found.open == set()
