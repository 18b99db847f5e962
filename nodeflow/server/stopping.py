"""Whether the server is about to end, for those who would otherwise wait longer than it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

from nodeflow.server.problems import UNAVAILABLE, Refusal

T = TypeVar("T")

STOPPING = web.AppKey("stopping", asyncio.Event)


async def unless_stopping(app: web.Application, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; raises Refusal as soon as the server is to end before it."""
    task, end = asyncio.ensure_future(work), asyncio.ensure_future(app[STOPPING].wait())
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Refusal(
                UNAVAILABLE, "the server is stopping; ask again when it is back", headers={"Retry-After": "5"}
            )
        return task.result()
    finally:
        task.cancel()
        end.cancel()
