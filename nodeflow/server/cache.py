"""The cache of step results: on disk, which all workers share, and in the memory of each."""

from __future__ import annotations

import asyncio

from aiohttp import web

from nodeflow.api.catalogue import CacheUsage
from nodeflow.cache import Cache
from nodeflow.catalogue import Catalogue
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("cache")


@routes.add("GET", "/v1/cache", answers={200: CacheUsage})
async def show_cache(request: web.Request) -> CacheUsage:
    """How much is kept on disk."""
    return await asyncio.to_thread(_usage, request.app[STATE].catalogue)


@routes.add("DELETE", "/v1/cache", answers={200: CacheUsage})
async def clear_cache(request: web.Request) -> CacheUsage:
    """Forget what is kept on disk, and what workers have in memory; the answer says how much was on disk."""
    catalogue = request.app[STATE].catalogue
    usage = await asyncio.to_thread(_usage, catalogue)
    await asyncio.to_thread(disk_cache(catalogue).clear)
    # Only now, so that no worker takes it into its memory again.
    request.app[STATE].service.forget_results()
    return usage


def disk_cache(catalogue: Catalogue) -> Cache:
    """The cache as far as it lies on disk."""
    config = catalogue.config
    return Cache(0, config.cache_dir / "steps", config.cache_disk, catalogue.registry.types)


def _usage(catalogue: Catalogue) -> CacheUsage:
    usage = disk_cache(catalogue).usage()
    return CacheUsage(**usage.get("disk", {"entries": 0, "bytes": 0, "budget": 0}))
