"""What stands around every handler: who may ask, what becomes of exceptions, what is logged and counted."""

from __future__ import annotations

import errno
import logging
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from time import perf_counter

from aiohttp import web

from nodeflow.queue.errors import Conflict, DatabaseError, KeyReused, NotFound, PreconditionFailed
from nodeflow.server import cors
from nodeflow.server.editor import show_asset
from nodeflow.server.problems import (
    CONFLICT,
    INTERNAL,
    KEY_REUSED,
    MALFORMED,
    METHOD,
    NOT_FOUND,
    PRECONDITION,
    STORAGE,
    TIMEOUT,
    TOO_LARGE,
    UNAVAILABLE,
    Kind,
    Refusal,
    answer,
)
from nodeflow.server.route import Route
from nodeflow.server.security import API_HEADERS
from nodeflow.server.state import STATE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("nodeflow.server")

OF_THE_QUEUE: tuple[tuple[type[Exception], Kind], ...] = (
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (PreconditionFailed, PRECONDITION),
    (KeyReused, KEY_REUSED),
    (DatabaseError, UNAVAILABLE),
)
OF_HTTP = {400: MALFORMED, 413: TOO_LARGE, 417: MALFORMED}
NUMBER: ContextVar[str] = ContextVar("NUMBER", default="")
"""The number of the request that is being answered."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request in or refuse it; answer with a problem whatever a handler raises."""
    started, number = perf_counter(), secrets.token_hex(8)
    NUMBER.set(number)
    route = _route(request)
    try:
        response = await _let_in(request, handler, route)
    except Exception as error:
        refusal = as_refusal(error)
        if refusal.kind is INTERNAL:
            log.exception("a defect: %s %s", request.method, _name(request, route), extra={"request": number})
        response = answer(refusal, number)
        if refusal.kind in (TOO_LARGE, TIMEOUT) or request.content.exception() is not None:
            response.force_close()
    _note(request, response, route, perf_counter() - started, number)
    return response


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers that keep browsers from doing harm with it."""
    for name, value in API_HEADERS.items():
        response.headers.setdefault(name, value)
    # What is sent as it comes, a file or events, has its headers before the guard sees the answer.
    response.headers.setdefault("X-Request-Id", NUMBER.get())
    cors.dress(request, response, request.app[STATE].gate.origins)
    response.headers.popall("Server", None)


def as_refusal(error: Exception) -> Refusal:
    """The problem that an exception is to a client."""
    match error:
        case Refusal():
            return error
        case web.HTTPMethodNotAllowed():
            allowed = sorted(error.allowed_methods)
            detail = f"{error.method} is not taken here; {', '.join(allowed)} would be"
            return Refusal(METHOD, detail, headers={"Allow": ",".join(allowed)})
        case web.HTTPNotFound():
            return Refusal(NOT_FOUND, "nothing is there; /openapi.json describes what there is")
        case web.HTTPException() if error.status in OF_HTTP:
            return Refusal(OF_HTTP[error.status], f"{error.reason}")
        case OSError() if error.errno in FULL:
            return Refusal(STORAGE, "the disk is full")
        case sqlite3.Error() if "full" in str(error):
            return Refusal(STORAGE, "the disk is full")
    for kind, answered in OF_THE_QUEUE:
        if isinstance(error, kind):
            return Refusal(answered, str(error))
    return Refusal(INTERNAL, "the server has a defect; its log tells more under the number of this request")


async def _let_in(request: web.Request, handler: Handler, route: Route | None) -> web.StreamResponse:
    state = request.app[STATE]
    public = route.public if route is not None else not request.path.startswith("/v1/")
    state.gate.check(request, public=public or cors.is_preflight(request))
    if cors.is_preflight(request):
        return cors.preflight(request)
    if state.development is not None and request.path.startswith("/v1/"):
        await state.development.look()
    if route is None and request.method in ("GET", "HEAD") and not request.path.startswith("/v1/"):
        return await show_asset(request)
    return await handler(request)


def _route(request: web.Request) -> Route | None:
    """The route that a request leads to."""
    found = getattr(request.match_info.handler, "__self__", None)
    return found if isinstance(found, Route) else None


def _name(request: web.Request, route: Route | None) -> str:
    return route.path if route is not None else request.path


def _note(request: web.Request, response: web.StreamResponse, route: Route | None, seconds: float, number: str) -> None:
    """One line in the log, without the query and without any header, and the figures."""
    name = route.path if route is not None else "none"
    metrics = request.app[STATE].metrics
    metrics.requests.labels(request.method if route else "any", name, str(response.status)).inc()
    metrics.seconds.labels(name).observe(seconds)
    log.info(
        "%s %s %d",
        request.method,
        request.path,
        response.status,
        extra={"request": number, "milliseconds": round(seconds * 1000, 2), "remote": request.remote},
    )
