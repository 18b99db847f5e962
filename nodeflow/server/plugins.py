"""Plugins: what was found, what it brings, why one failed, and what would mend it."""

from __future__ import annotations

from aiohttp import web

from nodeflow.api.catalogue import Plugin, Plugins
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("plugins")


@routes.add("GET", "/v1/plugins", answers={200: Plugins})
async def list_plugins(request: web.Request) -> Plugins:
    """Every plugin that was found; in development mode, as they are now."""
    return Plugins(plugins=[Plugin.model_validate(each) for each in request.app[STATE].catalogue.plugins.loaded])
