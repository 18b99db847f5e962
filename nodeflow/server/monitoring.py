"""For those who watch over the server: whether it is well, its figures, and what it offers."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import Field

from nodeflow.api.queue import Health
from nodeflow.api.wire import Parameters
from nodeflow.server.conditional import Known
from nodeflow.server.problems import KINDS, NOT_FOUND, Refusal
from nodeflow.server.route import Content, Reply, Routes
from nodeflow.server.state import STATE

routes = Routes("monitoring")

TEXT = {"type": "string"}


class ProblemPath(Parameters):
    """Which kind of problem."""

    name: Annotated[str, Field(max_length=100)]


@routes.add(
    "GET",
    "/healthz",
    answers={200: Health, 503: Content(Health, description="Runs cannot be carried out")},
    public=True,
)
async def show_health(request: web.Request) -> Reply:
    """Whether runs can be carried out; while the workers start they are accepted already."""
    health = request.app[STATE].service.health()
    if health.ok:
        return Reply(Health(status="ok", reasons=list(health.reasons)))
    if all(worker.state == "starting" and worker.last_error is None for worker in health.workers):
        return Reply(Health(status="starting", reasons=[]))
    return Reply(Health(status="unwell", reasons=list(health.reasons)), 503)


@routes.add("GET", "/metrics", answers={200: Content(media={"text/plain": TEXT})})
async def show_metrics(request: web.Request) -> web.Response:
    """Figures in the form that Prometheus reads."""
    body = request.app[STATE].metrics.text()
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@routes.add(
    "GET",
    "/openapi.json",
    answers={
        200: Content(media={"application/json": {"type": "object"}}, headers=("ETag",)),
        304: Content(description="You have it already", headers=("ETag",)),
    },
    public=True,
)
async def show_openapi(request: web.Request, headers: Known) -> web.Response:
    """This document."""
    return request.app[STATE].served.openapi.answer(headers.if_none_match)


@routes.add("GET", "/problems/{name}", answers={200: Content(media={"text/plain": TEXT})}, public=True)
async def show_problem(_request: web.Request, path: ProblemPath) -> web.Response:
    """What the `type` of a problem stands for."""
    kind = KINDS.get(path.name)
    if kind is None:
        raise Refusal(NOT_FOUND, f"no problem {path.name!r}; there are {', '.join(KINDS)}")
    return web.Response(text=f"{kind.title} (status {kind.status}).\n")
