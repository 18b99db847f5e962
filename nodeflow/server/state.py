"""What the handlers share: settings, the catalogue, the service, and who may ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.server.development import Development
from nodeflow.server.metrics import Metrics
from nodeflow.server.offer import Offers
from nodeflow.server.pictures import Thumbnails
from nodeflow.server.security import Gate
from nodeflow.server.served import Served
from nodeflow.worker.service import Service


@dataclass(frozen=True)
class State:
    """One server's parts. What it offers is asked for anew by each request: in development mode it changes."""

    config: Config
    offers: Offers
    service: Service
    gate: Gate
    thumbnails: Thumbnails
    development: Development | None = None
    metrics: Metrics = field(default_factory=Metrics)
    # Plugins wait for each other here, and the server's own work for none of them.
    asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))
    # Two pictures at a time: decoded, each may have a quarter of a gigabyte.
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def catalogue(self) -> Catalogue:
        """What graphs can be made of now."""
        return self.offers.now.catalogue

    @property
    def served(self) -> Served:
        """The documents that tell of it."""
        return self.offers.now.served

    @property
    def looking(self) -> frozenset[str]:
        """The node types whose checking looks into folders, which may lie on a slow disk."""
        return self.offers.now.looking


STATE = web.AppKey("state", State)
