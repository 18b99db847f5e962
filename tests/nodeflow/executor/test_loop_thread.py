"""One loop for everybody, gone when nobody needs it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nodeflow.executor.loop_thread import LoopThread

PATIENCE = 20


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
