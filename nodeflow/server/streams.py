"""The open event streams: those that are silent are pinged, those that nobody reads any more are closed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from time import monotonic

from aiohttp import web

PING = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way takes the connection for dead."""

STALLED = 60.0
"""Seconds that a client may read nothing; then the connection is closed, and it may come back for the rest."""

LOOK = 2.5
"""Seconds between two looks at all streams."""

HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEGINNING = b"retry: 1000\n\n"
PINGED = b": ping\n\n"


class Stream:
    """One client's stream. It waits for its own client alone."""

    def __init__(self, request: web.Request) -> None:
        self.response = web.StreamResponse(headers=HEADERS)
        # A connection that was a stream is of no further use.
        self.response.force_close()
        self._request = request
        self._task = asyncio.current_task()
        self._since = monotonic()
        self._writing = False
        self._closing = False
        self._pinging: asyncio.Task[None] | None = None

    async def send(self, texts: AsyncGenerator[bytes, None]) -> web.StreamResponse:
        """Send all that comes, until there is no more, the client has gone, or the stream is closed."""
        try:
            await self.response.prepare(self._request)
            await self._write(BEGINNING)
            async for text in texts:
                await self._write(text)
        except ConnectionError:
            # The client has gone; it may come back with the last id it has seen.
            pass
        except asyncio.CancelledError:
            if not self._closing:
                raise
        finally:
            await texts.aclose()
            if self._pinging is not None:
                self._pinging.cancel()
        return self.response

    def look(self, now: float) -> None:
        """Ping the client when it was silent for long, and give it up when it has gone or reads nothing."""
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self.close()
        elif self._writing and now - self._since > STALLED:
            transport.abort()
            self.close()
        elif not self._writing and now - self._since > PING:
            self._pinging = asyncio.ensure_future(self._ping())

    def close(self) -> None:
        """End the stream, in the middle of a wait if need be."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()

    async def _ping(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._write(PINGED)

    async def _write(self, text: bytes) -> None:
        self._since, self._writing = monotonic(), True
        try:
            await self.response.write(text)
        finally:
            self._since, self._writing = monotonic(), False


class Streams:
    """All streams of a server, looked at together: a timer each would cost more than the events."""

    def __init__(self) -> None:
        self.open: set[Stream] = set()

    async def send(self, request: web.Request, texts: AsyncGenerator[bytes, None]) -> web.StreamResponse:
        """Answer with a stream."""
        stream = Stream(request)
        self.open.add(stream)
        try:
            return await stream.send(texts)
        finally:
            self.open.discard(stream)

    def close(self) -> None:
        for stream in tuple(self.open):
            stream.close()

    async def watch(self, _app: web.Application) -> AsyncIterator[None]:
        """Looks at the streams while the application runs."""
        watcher = asyncio.ensure_future(self._watch())
        yield
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            now = monotonic()
            for stream in tuple(self.open):
                stream.look(now)


STREAMS = web.AppKey("streams", Streams)
