"""An event loop in a thread of its own, which lives as long as somebody has work for it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for any thread or loop, all on one loop, so that what they share needs no locks.

    The thread starts with the first coroutine and ends with the last, so there is nothing to close.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kept: list[asyncio.AbstractEventLoop] = []
        weakref.finalize(self, _close, self._kept)
        self._users = 0

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run `work()` on the loop; the future tells how it ended."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True).start()
            self._users += 1
            return asyncio.run_coroutine_threadsafe(self._counted(work), self._loop)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work()` gives. Where nothing runs yet the calling thread serves the loop, until nothing does any more.

        No thread is started or woken for it, and the loop is kept for the next call unless something was left in it.
        """
        with self._lock:
            if (loop := self._take()) is not None:
                self._users += 1
                task = loop.create_task(self._counted(work))
        if loop is None:
            return self.submit(work).result()
        loop.run_forever()
        if asyncio.all_tasks(loop):
            threading.Thread(target=_end, args=(loop,), name=self._name, daemon=True).start()
        else:
            self._kept.append(loop)
        return task.result()

    def _take(self) -> asyncio.AbstractEventLoop | None:
        """The loop that was kept, or else a new one; None where one is served already."""
        if self._loop is not None:
            return None
        self._loop = self._kept.pop() if self._kept else asyncio.new_event_loop()
        return self._loop

    async def _counted(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            return await work()
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._loop is not None:
                # After this turn of the loop, so that the future of the last coroutine is told first.
                self._loop.call_soon(self._loop.stop)
                self._loop = None


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        asyncio.set_event_loop(None)
        _end(loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(_end_leftovers(loop))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _close(loops: list[asyncio.AbstractEventLoop]) -> None:
    for loop in loops:
        loop.close()


async def _end_leftovers(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what an async node started and forgot."""
    leftovers = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in leftovers:
        task.cancel()
    await asyncio.gather(*leftovers, return_exceptions=True)
