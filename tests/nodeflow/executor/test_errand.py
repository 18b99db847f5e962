"""Errands: when one is told to be done, its thread refers neither to what it worked on nor to what it gave."""

import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from nodeflow.executor.errand import Errand, in_thread


class Thing:
    """What a weak reference can watch."""

    def another(self) -> "Thing":
        return Thing()


def test_nothing_is_left_in_the_thread() -> None:
    """Looked at from inside the thread, right when it tells of the end."""
    go, looked, held = threading.Event(), threading.Event(), list[bool]()
    worked_on = Thing()
    watched = [weakref.ref(worked_on)]

    def work(thing: Thing = worked_on) -> Thing:
        assert go.wait(60)
        return thing.another()

    errand = Errand(work)
    del work, worked_on

    def told(_: Future[None]) -> None:
        watched.append(weakref.ref(errand.take()))
        held.extend(each() is not None for each in watched)
        looked.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(errand).add_done_callback(told)
        go.set()
        assert looked.wait(60)
    assert held == [False, False]


async def test_what_it_gives_and_raises() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert await in_thread(pool, lambda: 7) == 7
        with pytest.raises(KeyError, match="gone"):
            await in_thread(pool, lambda: {}["gone"])
