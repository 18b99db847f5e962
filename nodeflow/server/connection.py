"""Connections: what cannot be read as a request, and so never gets to a route, is answered with a problem as well."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import InvalidURLError, LineTooLong

from nodeflow.server.guard import as_refusal
from nodeflow.server.problems import INTERNAL, MALFORMED, Refusal, answer
from nodeflow.server.security import API_HEADERS

HEADERS = {**API_HEADERS, "Server": "nodeflow"}
"""What keeps browsers from doing harm; and aiohttp would put its name and version there if there were none."""
LONGEST = 8190
"""Bytes of the first line of a request, and of each header."""
# The guard writes a line for each request, so aiohttp need not.
OPTIONS: Mapping[str, Any] = {"access_log": None, "max_line_size": LONGEST, "max_field_size": LONGEST}
SHOWN = 200
"""Characters of what aiohttp has to say."""

log = logging.getLogger("nodeflow.server")


class Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived, and tell those who wait for the rest of a body when it will never come.

        aiohttp takes what does not fit into a body, a bad chunk, say, for the next request, and lets them wait.
        """
        super().data_received(data)
        if self._current_request is not None and self._messages:
            for body in (self._current_request.content, *(body for _, body in list(self._messages)[:-1])):
                if not body.is_eof():
                    body.set_exception(web.RequestPayloadError("it is not in chunks as it should be"))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp could not read, or a handler let through; then the connection is closed."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        refusal = Refusal(MALFORMED, unreadable(exc, message)) if status == MALFORMED.status else as_refusal(_own(exc))
        return _refused(request, refusal, exc)


class Runner(web.AppRunner):
    """Runs an application over such connections."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Listener(_answered(made.request_handler), request_factory=made.request_factory)


class _Listener(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=asyncio.get_running_loop(), **OPTIONS)


def unreadable(error: BaseException | None, message: str | None) -> str:
    """What is wrong with bytes that are no request, without repeating them: they may hold a token."""
    match error:
        case LineTooLong():
            return f"the first line of the request, or a header, is longer than {LONGEST} bytes"
        case InvalidURLError():
            return "the first line of the request names no address"
    told = " ".join((message or "").partition("\n\n")[0].split()).rstrip(":")
    return f"this is no HTTP request: {told}"[:SHOWN]


def _answered(
    handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Also what is refused before the guard is asked, as an expectation that nobody knows is."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _refused(request, as_refusal(error), error)

    return handle


def _refused(request: web.BaseRequest, refusal: Refusal, error: BaseException | None) -> web.Response:
    number = secrets.token_hex(8)
    told = log.error if refusal.kind is INTERNAL else log.info
    extra = {"request": number, "remote": request.remote}
    told("refused: %s", refusal.detail, extra=extra, exc_info=error if refusal.kind is INTERNAL else None)
    response = answer(refusal, number)
    response.headers.update(HEADERS)
    response.headers["X-Request-Id"] = number
    response.force_close()
    return response


def _own(error: BaseException | None) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError("no answer")
