"""The aiohttp application: routes, what stands around them, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from nodeflow.api.event import Event
from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.server import (
    artifacts,
    cache,
    choices,
    detections,
    editor,
    events,
    files,
    graphs,
    imports,
    models,
    monitoring,
    nodes,
    openapi,
    plugin_routes,
    plugins,
    queue,
    runs,
    session,
    validation,
)
from nodeflow.server.development import Development
from nodeflow.server.guard import dress, guard
from nodeflow.server.offer import Offer, Offers
from nodeflow.server.pictures import Thumbnails
from nodeflow.server.route import Route, register
from nodeflow.server.security import Gate
from nodeflow.server.state import STATE, State
from nodeflow.server.stopping import STOPPING
from nodeflow.server.streams import STREAMS, Streams
from nodeflow.server.webhooks import Webhooks
from nodeflow.worker.service import Service

NOUNS = (
    *(runs, queue, events, artifacts, files),
    *(graphs, validation, imports),
    *(nodes, choices, models, detections, plugins, plugin_routes, cache),
    *(monitoring, session, editor),
)

Background = Callable[[web.Application], AsyncIterator[None]]


def all_routes() -> list[Route]:
    """Every route there is, by noun."""
    return [route for noun in NOUNS for route in noun.routes.all]


def application(config: Config, catalogue: Catalogue, service: Service, token: str | None = None) -> web.Application:
    """The application around a service that is started. Loading the catalogue takes a moment."""
    # Bodies are bounded where they are read, with limits of their own.
    app = web.Application(middlewares=[guard])
    routes = all_routes()
    described = openapi.document(routes, [Event])
    offers = Offers(Offer.of(catalogue, described))
    development = Development(offers, described, service) if config.development else None
    hosts = frozenset(name.lower() for name in config.allowed_hosts)
    app[STATE] = State(
        config=config,
        offers=offers,
        service=service,
        gate=Gate(hosts, frozenset(config.allowed_origins), token),
        thumbnails=Thumbnails(config.max_pixels),
        development=development,
    )
    app[STOPPING], app[STREAMS] = asyncio.Event(), Streams()
    register(app, routes)
    app.on_response_prepare.append(dress)
    app.on_shutdown.append(_stop)
    app.cleanup_ctx.extend([app[STREAMS].watch, _measure])
    if development is not None:
        app.cleanup_ctx.append(development.watch)
    if config.webhooks != "off":
        app.cleanup_ctx.append(Webhooks(service, private=config.webhooks == "any").deliver)
    return app


async def _measure(app: web.Application) -> AsyncIterator[None]:
    state = app[STATE]
    state.metrics.watch(state.service.stats)
    withdraw = state.service.observe(state.metrics.observe)
    yield
    withdraw()


async def _stop(app: web.Application) -> None:
    """End what would otherwise not: streams, and those who wait for a run."""
    app[STOPPING].set()
    app[STREAMS].close()
