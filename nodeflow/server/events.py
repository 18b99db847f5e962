"""Events as server-sent events: read again from the log, then live. Whoever reads slowly holds up nobody else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.wire import Parameters
from nodeflow.queue.records import Envelope
from nodeflow.server.problems import NOT_FOUND
from nodeflow.server.route import Content, Routes
from nodeflow.server.runs import RunPath
from nodeflow.server.state import STATE
from nodeflow.server.streams import STREAMS

routes = Routes("events")

STREAM = Content(
    media={"text/event-stream": {"type": "string", "description": "each `data` is an Event"}},
    description="A stream of server-sent events",
)
SEEN = Content(description="The run has ended, and you have seen all of it")

EventId = Annotated[int, Field(ge=0, le=2**63 - 1)]


class EventsQuery(Parameters):
    """From where on, and whether pictures of what is being made are wanted."""

    after: Annotated[EventId | None, Field(description="only events after this id; Last-Event-ID goes first")] = None
    previews: Annotated[bool, Field(description="also node_preview events")] = False


class Resuming(Parameters):
    """What a browser sends when it comes back."""

    last_event_id: Annotated[EventId | None, Field(alias="Last-Event-ID")] = None


@routes.add("GET", "/v1/events", answers={200: STREAM})
async def follow_all(request: web.Request, query: EventsQuery, headers: Resuming) -> web.StreamResponse:
    """What happens to all runs from now on, or from an event on."""
    after = query.after if headers.last_event_id is None else headers.last_event_id
    events = request.app[STATE].service.subscribe(after=after, previews=query.previews)
    return await request.app[STREAMS].send(request, _texts(events))


@routes.add("GET", "/v1/runs/{id}/events", answers={200: STREAM, 204: SEEN}, problems=(NOT_FOUND,))
async def follow_run(request: web.Request, path: RunPath, query: EventsQuery, headers: Resuming) -> web.StreamResponse:
    """What happened to a run from its beginning, or from an event on, and what happens until it ends."""
    service = request.app[STATE].service
    after = query.after if headers.last_event_id is None else headers.last_event_id
    run = await service.run(path.id)
    if run.ended and after is not None and after >= run.last_event:
        # What tells a browser not to come back.
        return web.Response(status=204)
    events = service.subscribe(run=path.id, after=after, previews=query.previews)
    return await request.app[STREAMS].send(request, _texts(events))


async def _texts(events: AsyncGenerator[Envelope, None]) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(events):
        async for envelope in events:
            yield text_of(envelope)


def text_of(envelope: Envelope) -> bytes:
    """An envelope as a server-sent event. One without an id leaves the client's last id as it was."""
    number = f"id: {envelope.id}\n" if envelope.id is not None else ""
    return f"{number}event: {envelope.kind}\ndata: {envelope.text}\n\n".encode("utf-8", "replace")
