"""Running plans: many at once, on one set of resources, with one cache."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import os
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from nodeflow.cache import Cache
from nodeflow.context import Cancellation
from nodeflow.events import Event, Narrator
from nodeflow.executor.loop_thread import LoopThread
from nodeflow.executor.observing import Observed, Observer
from nodeflow.executor.resources import Resources
from nodeflow.executor.result import Result, RunState
from nodeflow.executor.services import Services
from nodeflow.executor.walk import Walk
from nodeflow.folders import Folders
from nodeflow.models import ModelStore
from nodeflow.plan import Plan
from nodeflow.registry import Registry
from nodeflow.store import Store

Listener = Callable[[Event], None]


class Executor:
    """Runs plans. Any number of runs may be under way at the same time, from any threads and loops.

    `capacity` is what steps compete for, all runs together: a step that declares `{"device": 1}` never overlaps
    another one where there is one device. Steps run in threads, async ones on a loop of the executor's own. Without a
    store, nodes cannot save files; without a cache, every run starts anew. `observers` are told of every run.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        cache: Cache | None = None,
        store: Store | None = None,
        models: ModelStore | None = None,
        folders: Folders | None = None,
        settings: Mapping[str, str] | None = None,
        capacity: Mapping[str, int] | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._observers = tuple(observers)
        capacity = {"cpu": os.cpu_count() or 1, "device": 1} if capacity is None else capacity
        self.services = Services(
            registry=registry,
            cache=cache or Cache(),
            store=store,
            folders=folders,
            models=models or ModelStore(0),
            settings=dict(settings or {}),
            resources=Resources(capacity),
            # Besides those that compute there are those that read and write the cache.
            threads=ThreadPoolExecutor(2 * sum(capacity.values()) + 8, thread_name_prefix="nodeflow"),
        )
        self._loop = LoopThread("nodeflow-executor")
        self._numbers = itertools.count()

    def take(self, registry: Registry, folders: Folders | None, observers: Sequence[Observer]) -> None:
        """Go on with another registry. Runs that are under way end with the one they began with."""
        self._observers = tuple(observers)
        self.services = replace(self.services, registry=registry, folders=folders)

    async def run(
        self,
        plan: Plan,
        *,
        listener: Listener | None = None,
        cancel: Cancellation | None = None,
        run_id: str | None = None,
        use_cache: bool = True,
        explain: bool = False,
    ) -> Result:
        """Run a plan. Failures and cancellation are told by the result, not raised.

        Without `use_cache` every step is computed, and what it gives is kept for later runs. With `explain` the
        reports say why each computed step had to run. Cancelling the awaiting task cancels the run, and waits for it.
        """
        cancel = cancel or Cancellation()
        work = self._work(plan, listener, cancel, run_id or _new_id(), use_cache=use_cache, explain=explain)
        future = asyncio.wrap_future(self._loop.submit(work))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            cancel.cancel()
            await future
            raise

    def run_sync(
        self,
        plan: Plan,
        *,
        listener: Listener | None = None,
        cancel: Cancellation | None = None,
        run_id: str | None = None,
        use_cache: bool = True,
        explain: bool = False,
    ) -> Result:
        """`run` for callers without a loop. Ctrl-C cancels the run, waits for it, and is raised again."""
        cancel = cancel or Cancellation()
        work = self._work(plan, listener, cancel, run_id or _new_id(), use_cache=use_cache, explain=explain)
        future = self._loop.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            cancel.cancel()
            concurrent.futures.wait([future])
            raise

    def run_here(
        self,
        plan: Plan,
        *,
        listener: Listener | None = None,
        cancel: Cancellation | None = None,
        run_id: str | None = None,
    ) -> Result:
        """`run_sync` for a process of which this is the only run: no other thread is woken to oversee it."""
        cancel, run_id = cancel or Cancellation(), run_id or _new_id()
        return self._loop.run(self._work(plan, listener, cancel, run_id, use_cache=True, explain=False))

    def _work(
        self,
        plan: Plan,
        listener: Listener | None,
        cancel: Cancellation,
        run_id: str,
        *,
        use_cache: bool,
        explain: bool,
    ) -> Callable[[], Coroutine[Any, Any, Result]]:
        narrator = Narrator(run_id, Observed(self._observers, listener) if self._observers else listener)

        async def work() -> Result:
            walk = Walk(self.services, plan, narrator, number=next(self._numbers), use_cache=use_cache, explain=explain)
            return await _run(plan, walk, cancel)

        return work


async def _run(plan: Plan, walk: Walk, cancel: Cancellation) -> Result:
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    walk.narrator.tell("run_started", targets=list(plan.targets), steps=len(plan.steps))
    for problem in plan.warnings:
        walk.narrator.tell("warning", problem.pointer.split("/")[2], message=problem.message)
    withdraw = cancel.on_cancel(lambda: _hand_over(loop, walk.cancel))
    if not cancel.cancelled:
        walk.begin()
    await walk.finished
    withdraw()
    ledger, seconds = walk.ledger, time.perf_counter() - started
    state: RunState = "cancelled" if walk.cancelled else "failed" if ledger.error is not None else "succeeded"
    result = Result(walk.narrator.run_id, state, ledger.outputs(), ledger.reports(), seconds, ledger.error)
    message = None if ledger.error is None else str(ledger.error)
    walk.narrator.tell("run_finished", state=state, seconds=seconds, error=message)
    return result


def _hand_over(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call on a loop from any thread; a loop that has ended has nothing left to cancel."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        if not loop.is_closed():
            raise


def _new_id() -> str:
    return secrets.token_hex(8)
