"""Sessions: a browser shows the token once and keeps a cookie, since pictures and links cannot bring a header."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.wire import Asked
from nodeflow.server.problems import UNAUTHORIZED, Refusal
from nodeflow.server.route import Content, Routes
from nodeflow.server.security import COOKIE
from nodeflow.server.state import STATE

routes = Routes("session")

MONTH = 30 * 24 * 3600


class SessionRequest(Asked):
    """Who wants one."""

    token: Annotated[str, Field(max_length=1000)]


@routes.add(
    "POST",
    "/v1/session",
    answers={204: Content(description="The cookie is set")},
    problems=(UNAUTHORIZED,),
    public=True,
)
async def begin_session(request: web.Request, body: SessionRequest) -> web.Response:
    """Trade the token for a cookie that scripts cannot read and other sites cannot send."""
    gate = request.app[STATE].gate
    if not gate.accepts(body.token):
        raise Refusal(UNAUTHORIZED, "this is not the server's token", headers={"WWW-Authenticate": "Bearer"})
    response = web.Response(status=204)
    response.set_cookie(
        COOKIE, gate.cookie(), max_age=MONTH, httponly=True, samesite="Strict", secure=request.secure, path="/"
    )
    return response


@routes.add("DELETE", "/v1/session", answers={204: Content(description="The cookie is gone")}, public=True)
async def end_session(_request: web.Request) -> web.Response:
    """Have the browser forget the cookie."""
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
    return response
