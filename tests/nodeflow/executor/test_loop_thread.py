"""One loop for everybody, gone when nobody needs it."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nodeflow.executor.loop_thread import LoopThread

PATIENCE = 60


async def where() -> tuple[int, asyncio.AbstractEventLoop]:
    return threading.get_ident(), asyncio.get_running_loop()


def gone(name: str) -> bool:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(PATIENCE)
    return all(thread.name != name for thread in threading.enumerate())


def test_everybody_shares_one_loop() -> None:
    loops, barrier = LoopThread("shared"), asyncio.Barrier(4)

    async def meet() -> asyncio.AbstractEventLoop:
        await barrier.wait()
        return asyncio.get_running_loop()

    with ThreadPoolExecutor(4) as pool:
        futures = [future.result() for future in [pool.submit(loops.submit, meet) for _ in range(4)]]
        assert len({future.result(PATIENCE) for future in futures}) == 1
    assert gone("shared")


def test_it_starts_again() -> None:
    loops = LoopThread("again")
    for _ in range(50):
        thread, loop = loops.submit(where).result(PATIENCE)
        assert thread != threading.get_ident()
    assert gone("again")
    assert loop.is_closed()


def test_a_failure_reaches_the_caller() -> None:
    async def fail() -> None:
        raise LookupError("no")

    loops = LoopThread("failing")
    with pytest.raises(LookupError):
        loops.submit(fail).result(PATIENCE)
    assert gone("failing")


def test_what_was_left_running_is_cancelled() -> None:
    ended = threading.Event()

    async def forgotten() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.set()

    async def forget() -> None:
        tasks.append(asyncio.create_task(forgotten()))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    loops = LoopThread("leftover")
    loops.submit(forget).result(PATIENCE)
    assert ended.wait(PATIENCE)
    assert gone("leftover")
    assert tasks[0].cancelled()


def test_the_caller_serves_the_loop_where_nobody_does() -> None:
    loops = LoopThread("here")
    first, second = (loops.run(where) for _ in range(2))
    assert first == second == (threading.get_ident(), first[1]), "the same loop, in this thread"
    assert gone("here")
    assert not first[1].is_closed()
    del loops
    gc.collect()
    assert first[1].is_closed()


def test_what_the_caller_serves_is_for_all() -> None:
    loops, begun, together = LoopThread("shared here"), threading.Event(), asyncio.Barrier(2)

    async def meet() -> asyncio.AbstractEventLoop:
        begun.set()
        await together.wait()
        return asyncio.get_running_loop()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: begun.wait(PATIENCE) and loops.run(meet))
        assert loops.run(meet) is other.result(PATIENCE)


def test_a_failure_here_reaches_the_caller() -> None:
    async def fail() -> None:
        raise LookupError("no")

    loops = LoopThread("failing here")
    for _ in range(2):
        with pytest.raises(LookupError):
            loops.run(fail)


def test_what_was_left_running_here_is_cancelled_and_holds_nobody_up() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def obstinate() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            begun.set()
            ended.wait(PATIENCE)

    async def forget() -> asyncio.AbstractEventLoop:
        tasks.append(asyncio.create_task(obstinate()))
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    tasks: list[asyncio.Task[None]] = []
    loops = LoopThread("littered")
    littered = loops.run(forget)
    assert begun.wait(PATIENCE)
    _, clean = loops.run(where)
    assert clean is not littered
    ended.set()
    assert gone("littered")
    assert littered.is_closed()
    assert tasks[0].cancelled()
