"""Running the server: from the settings to an open port, and from a signal to a clean end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

from aiohttp import web

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.errors import ConfigError
from nodeflow.server.application import application
from nodeflow.server.binding import token_of
from nodeflow.server.connection import Runner
from nodeflow.worker.service import Service

SWITCH = 0.0005
"""Seconds that a thread keeps the interpreter while others want it: the event loop must not wait long for them."""

LAST_WORDS = 3.0
"""Seconds that open requests have, once the server is told to end."""

FORCED = 130

log = logging.getLogger("nodeflow.server")


def serve(config: Config, announce: Callable[[str], None], grace: float) -> None:
    """Serve until SIGTERM or SIGINT. Raises ConfigError and QueueError.

    `announce` is told the address once it can be asked; runs have `grace` seconds to finish at the end.
    """
    token = token_of(config)
    sys.setswitchinterval(SWITCH)
    asyncio.run(_serve(config, token, announce, grace))


async def _serve(config: Config, token: str | None, announce: Callable[[str], None], grace: float) -> None:
    end = _end()
    catalogue = Catalogue(config)
    service = Service(config, complain=catalogue.complain)
    await service.start()
    try:
        app = await asyncio.to_thread(application, config, catalogue, service, token)
        runner = Runner(app, handle_signals=False, shutdown_timeout=LAST_WORDS)
        await runner.setup()
        try:
            announce(await _open(runner, config))
            await end.wait()
            log.info("stopping; runs have %g s to finish, a second signal ends at once", grace)
        finally:
            await runner.cleanup()
    finally:
        await service.stop(grace)


async def _open(runner: web.AppRunner, config: Config) -> str:
    """Open the port; the address, with the port that was taken."""
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        raise ConfigError(
            f"cannot serve at {config.host}:{config.port}: {error.strerror or error}; --port 0 takes a free port"
        ) from error
    port = runner.addresses[0][1]
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{port}"


def _end() -> asyncio.Event:
    """What is set by the first signal to end; the second ends the process at once."""
    end, loop = asyncio.Event(), asyncio.get_running_loop()

    def signalled() -> None:
        if end.is_set():
            os._exit(FORCED)
        end.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    return end
