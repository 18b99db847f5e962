"""Routes of plugins: each below its plugin's prefix, called in a thread, contained whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import ConfigDict, Field

from nodeflow.api.wire import Parameters
from nodeflow.errors import NodeflowError, UnknownName, told
from nodeflow.plugin_route import METHODS, Request, Response
from nodeflow.plugin_route import Route as PluginRoute
from nodeflow.server.body import JSON, pieces
from nodeflow.server.problems import INVALID, METHOD, NOT_FOUND, PLUGIN, TIMEOUT, TOO_LARGE, Refusal
from nodeflow.server.route import Content, Routes
from nodeflow.server.state import STATE

routes = Routes("plugins")

PATIENCE = 30.0
"""Seconds that a route may take to answer."""

ANSWERS = {200: Content(media={"*/*": {}}, description="What the plugin answers")}

log = logging.getLogger("nodeflow.server")


class PluginPath(Parameters):
    """Which plugin, and what of it."""

    plugin: Annotated[str, Field(min_length=1, max_length=200, description="the plugin's name")]
    path: Annotated[str, Field(min_length=1, max_length=2000, description="a path that the plugin answers")]


class AnyQuery(Parameters):
    """Whatever the plugin takes."""

    model_config = ConfigDict(extra="allow", frozen=True)


def _handler(method: str) -> Callable[..., Any]:
    async def ask_plugin(request: web.Request, path: PluginPath, query: AnyQuery) -> web.Response:  # noqa: ARG001
        """Ask a plugin: what it takes and what it answers, its own documentation says."""
        plugins = request.app[STATE].catalogue.plugins
        if path.plugin not in (names := [plugin.name for plugin in plugins.loaded]):
            raise Refusal(NOT_FOUND, str(UnknownName("plugin", path.plugin, names)))
        found, parameters = _route(plugins.routes.get(path.plugin, ()), request.method, path)
        try:
            async with asyncio.timeout(PATIENCE):
                body = b"".join([piece async for piece in pieces(request, request.app[STATE].config.max_request)])
                asked = Request(
                    request.method,
                    f"/{path.path}",
                    parameters,
                    {name: request.query[name] for name in request.query},
                    {name.lower(): value for name, value in request.headers.items()},
                    body,
                )
                async with request.app[STATE].asking:
                    given = await _beside(partial(_called, found, asked, path.plugin))
                return _answer(given, path.plugin)
        except TimeoutError:
            raise Refusal(TIMEOUT, f"plugin {path.plugin!r} did not answer within {PATIENCE:g} s") from None

    ask_plugin.__name__ = f"ask_plugin_{method.lower()}"
    return ask_plugin


for _method in METHODS:
    routes.add(
        _method,
        "/v1/plugins/{plugin}/{path:.+}",
        answers=ANSWERS,
        problems=(NOT_FOUND, METHOD, TIMEOUT, TOO_LARGE, INVALID, PLUGIN),
    )(_handler(_method))


def _route(offered: Sequence[PluginRoute], method: str, path: PluginPath) -> tuple[PluginRoute, Mapping[str, str]]:
    """The route that answers; raises Refusal where there is none, or none for that method."""
    wanted = "GET" if method == "HEAD" else method
    matching = [(route, found) for route in offered if (found := route.match(f"/{path.path}")) is not None]
    for route, found in matching:
        if route.method == wanted:
            return route, found
    if matching:
        allowed = ", ".join(route.method for route, _ in matching)
        raise Refusal(METHOD, f"plugin {path.plugin!r} answers {allowed} there", headers={"Allow": allowed})
    known = ", ".join(f"{route.method} {route.path}" for route in offered) or "nothing"
    raise Refusal(NOT_FOUND, f"plugin {path.plugin!r} answers {known}")


async def _beside(call: Callable[[], Any]) -> Any:
    """Call in a thread that nobody waits for at the end: one that never returns must not keep the server up."""
    loop = asyncio.get_running_loop()
    given: asyncio.Future[Any] = loop.create_future()

    def work() -> None:
        result = call()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_give, given, result)

    threading.Thread(target=work, name="nodeflow-route", daemon=True).start()
    return await given


def _give(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _called(route: PluginRoute, asked: Request, plugin: str) -> Any:
    """What the handler gives, or a Refusal for what it raises: nothing of a plugin's gets past here."""
    try:
        returned = route.handler(asked)
        return asyncio.run(_awaited(returned)) if hasattr(returned, "__await__") else returned
    except UnknownName as error:
        return Refusal(NOT_FOUND, str(error))
    except NodeflowError as error:
        return Refusal(INVALID, str(error))
    except BaseException as error:
        log.exception("plugin %r failed at %s %s", plugin, asked.method, asked.path)
        return Refusal(PLUGIN, f"plugin {plugin!r} failed: {told(error)}")


async def _awaited(returned: Any) -> Any:
    return await returned


def _answer(given: Any, plugin: str) -> web.Response:
    if isinstance(given, Refusal):
        raise given
    if isinstance(given, Response):
        body = given.body.encode() if isinstance(given.body, str) else bytes(given.body)
        headers = {**given.headers, "Content-Type": given.media_type}
        return web.Response(body=body, status=given.status, headers=headers)
    if given is None:
        return web.Response(status=204)
    try:
        body = json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise Refusal(PLUGIN, f"plugin {plugin!r} answered what is no JSON: {error}") from error
    return web.Response(body=body, content_type=JSON)
