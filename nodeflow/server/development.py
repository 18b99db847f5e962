"""Development mode: plugins whose files are edited are loaded anew, here and in the workers, while all goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from nodeflow.catalogue import Catalogue
from nodeflow.plugins import HOST, Plugin, Plugins
from nodeflow.server.offer import Offer, Offers
from nodeflow.worker.service import Service

LOOK_EVERY = 0.5
"""Seconds between two looks at the files, when nobody asks for anything."""

YOUNG = 100_000_000
"""Nanoseconds after a change in which a file may change once more without another time: file systems' clocks tick."""

Stamps = Mapping[Path, tuple[int, int]]

log = logging.getLogger("nodeflow.server")


class Development:
    """Looks at the files of plugins before each request and now and then, and replaces the offer when they changed.

    So what is edited before Run is pressed is what runs. What cannot be loaded stays as it was.
    """

    def __init__(self, offers: Offers, openapi: Mapping[str, Any], service: Service) -> None:
        self._offers, self._openapi, self._service = offers, openapi, service
        self._lock = asyncio.Lock()
        self._files: tuple[Path, ...] = _files(offers.now.catalogue)
        self._stamps: Stamps = {}
        # What was edited while it was loaded for the first time is not missed: the first look compares all.
        self._unsure = True

    async def look(self) -> None:
        """See to it that what is offered is what the files say now."""
        async with self._lock:
            now = time.time_ns()
            stamps = await asyncio.to_thread(_stamps, self._files)
            if stamps != self._stamps or self._unsure:
                # Until all is done: what ends in between is done once more.
                self._unsure = True
                await self._renew()
                self._stamps = stamps
                self._unsure = any(now - changed < YOUNG for changed, _ in stamps.values())

    async def watch(self, app: web.Application) -> AsyncIterator[None]:
        """Look while the application runs."""
        del app
        task = asyncio.get_running_loop().create_task(self._watch())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("cannot look for changed plugins; trying again")
            await asyncio.sleep(LOOK_EVERY)

    async def _renew(self) -> None:
        before = self._offers.now
        catalogue = await asyncio.to_thread(before.catalogue.renewed)
        self._files = await asyncio.to_thread(_files, catalogue)
        changed = differing(before.catalogue.plugins, catalogue.plugins)
        if not changed:
            return
        self._offers.now = await asyncio.to_thread(Offer.of, catalogue, self._openapi)
        broken = [plugin.name for plugin in catalogue.plugins.loaded if plugin.state in ("stale", "failed")]
        for plugin in catalogue.plugins.loaded:
            if plugin.name in changed and not plugin.error:
                log.info("plugin %r was loaded anew", plugin.name)
        await self._service.reload_plugins({"changed": changed, "broken": broken})


def differing(before: Plugins, now: Plugins) -> list[str]:
    """The names of the plugins that are not as they were: other code, another error, come or gone."""

    def told(plugins: Plugins) -> dict[str, tuple[Plugin, str]]:
        return {plugin.name: (plugin, _code(plugins, plugin)) for plugin in plugins.loaded}

    first, second = told(before), told(now)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def _code(plugins: Plugins, plugin: Plugin) -> str:
    kept = plugins.kept.get(plugin.origin)
    return "" if kept is None else kept.brought.code


def _files(catalogue: Catalogue) -> tuple[Path, ...]:
    """All that may change: the files of plugins and the folders that they, and new ones, lie in."""
    return tuple(dict.fromkeys(_places(catalogue)))


def _places(catalogue: Catalogue) -> Iterator[Path]:
    yield from (Path(folder) for folder in sys.path if folder)
    yield from catalogue.plugin_folders
    for source in (source for source in catalogue.sources() if source.distribution != HOST):
        for file in source.files():
            yield file
            yield file.parent


def _stamps(files: tuple[Path, ...]) -> Stamps:
    found = {}
    for file in files:
        with contextlib.suppress(OSError):
            stat = file.stat()
            found[file] = (max(stat.st_mtime_ns, stat.st_ctime_ns), stat.st_size)
    return found
