"""The queue as a whole: look, pause, resume, cancel all."""

from __future__ import annotations

from aiohttp import web

from nodeflow.api.queue import Queue, Selection
from nodeflow.api.run import Count
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("queue")


@routes.add("GET", "/v1/queue", answers={200: Queue})
async def show_queue(request: web.Request) -> Queue:
    """How many runs wait and run, whether the queue is paused, and the workers. /v1/runs?order=queue lists the runs."""
    return Queue.model_validate(await request.app[STATE].service.queue())


@routes.add("POST", "/v1/queue/pause", answers={200: Queue})
async def pause_queue(request: web.Request) -> Queue:
    """Begin no further run, not even after a restart. What runs goes on, and runs are still accepted."""
    return Queue.model_validate(await request.app[STATE].service.pause())


@routes.add("POST", "/v1/queue/resume", answers={200: Queue})
async def resume_queue(request: web.Request) -> Queue:
    """Go on."""
    return Queue.model_validate(await request.app[STATE].service.resume())


@routes.add("POST", "/v1/queue/cancel", answers={200: Count})
async def cancel_runs(request: web.Request, body: Selection) -> Count:
    """Stop all runs that wait or run, or those of a tag, a batch or both."""
    return Count(runs=await request.app[STATE].service.cancel_all(tag=body.tag, batch=body.batch))
