"""Work for a thread, of which nothing stays behind in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Errand(Generic[T]):
    """Work that is done once, and what it gave.

    A thread of a pool still refers to a function and to what it returned when the next one has long begun elsewhere.
    An errand has let go of its work before it returns, and returns nothing: what it gave is taken from it.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._given: list[T] = []

    def __call__(self) -> None:
        work, self._work = self._work, None
        assert work is not None, "an errand is run once"
        self._given.append(work())

    def take(self) -> T:
        """What it gave; after this only the caller has it."""
        return self._given.pop()


async def in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """What `work()` gives, done in a thread that has let go of it, and of all that it was made from, by then."""
    errand = Errand(work)
    await asyncio.get_running_loop().run_in_executor(threads, errand)
    return errand.take()
