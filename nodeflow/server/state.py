"""What the handlers share: settings, the catalogue, the service, and who may ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.server.metrics import Metrics
from nodeflow.server.pictures import Thumbnails
from nodeflow.server.security import Gate
from nodeflow.server.served import Served
from nodeflow.worker.service import Service


@dataclass(frozen=True)
class State:
    """One server's parts. `served` are documents that stay as they are while it runs."""

    config: Config
    catalogue: Catalogue
    service: Service
    gate: Gate
    served: Served
    thumbnails: Thumbnails
    # Types whose checking looks into folders, which may lie on a slow disk.
    looking: frozenset[str] = frozenset()
    metrics: Metrics = field(default_factory=Metrics)
    # Two pictures at a time: decoded, each may have a quarter of a gigabyte.
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))


STATE = web.AppKey("state", State)
