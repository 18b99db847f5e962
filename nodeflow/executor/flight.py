"""One computation in progress, for every step of every run that waits for the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from nodeflow.cache import Entry
from nodeflow.context import Cancellation
from nodeflow.executor.attempt import Attempt, Job
from nodeflow.executor.errand import in_thread
from nodeflow.executor.outcome import Done, Failed, Interrupted, Outcome
from nodeflow.executor.previews import preview_data
from nodeflow.executor.resources import Request, ResourceError
from nodeflow.executor.services import WRITING, Services

if TYPE_CHECKING:
    from nodeflow.events import Narrator
    from nodeflow.types import Image

T = TypeVar("T")

log = logging.getLogger(__name__)


class Walker(Protocol):
    """A run, as far as its flights know it."""

    narrator: Narrator

    def took_off(self, index: int) -> None: ...

    def loaded(self, index: int, name: str, entry: Entry) -> None: ...

    def landed(self, index: int, outcome: Outcome) -> None: ...

    def stay(self) -> None: ...

    def go(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Passenger:
    """A step of a run that waits for the computation."""

    walker: Walker
    index: int
    node_id: str


class Flight:
    """Waits for its resources, makes the attempt, tells every passenger how it went, and keeps what it gave on disk.

    A passenger may leave at any time; only when the last one does is the computation cancelled. Lives on the
    executor's loop; `_report`, `_warn` and `_was_read` are called from the thread that computes.
    """

    def __init__(self, services: Services, name: str, job: Job, priority: tuple[int, ...]) -> None:
        self.cancellation = Cancellation()
        self.flying = False
        self._landed = False
        self._services = services
        self._name, self._step = name, job.step
        self._job: Job | None = job
        self._passengers: list[Passenger] = []
        self._read: dict[str, Entry] = {}
        self._inner: asyncio.Task[tuple[Any, BaseException | None]] | None = None
        self._loop = asyncio.get_running_loop()
        self._granted: asyncio.Future[bool] = self._loop.create_future()
        self._request: Request | None = None
        services.flights[name] = self
        self._ask(priority)
        self._task = self._loop.create_task(self._fly())

    def board(self, passenger: Passenger) -> None:
        self._passengers.append(passenger)
        if self.flying:
            passenger.walker.took_off(passenger.index)
        for name, entry in self._read.items():
            passenger.walker.loaded(passenger.index, name, entry)

    def leave(self, walker: Walker, index: int) -> bool:
        """Take a passenger off; False when it is the last one: it stays on the cancelled flight until that lands."""
        others = [each for each in self._passengers if each.walker is not walker or each.index != index]
        if others:
            self._passengers = others
            return True
        self._cancel()
        return False

    def _ask(self, priority: tuple[int, ...]) -> None:
        try:
            self._request = self._services.resources.request(
                self._step.spec.resources, priority, lambda: self._granted.set_result(True)
            )
        except ResourceError as error:
            self._granted.set_exception(error)

    def _cancel(self) -> None:
        self._forget()
        self.cancellation.cancel()
        if not self._granted.done():
            self._granted.set_result(False)
            if self._request is not None:
                self._services.resources.withdraw(self._request)
        if self._inner is not None:
            self._inner.cancel()

    def _forget(self) -> None:
        if self._services.flights.get(self._name) is self:
            del self._services.flights[self._name]

    async def _fly(self) -> None:
        outcome, granted = await self._flown()
        if not (isinstance(outcome, Done) and self._is_kept()):
            self._land(outcome, granted=granted)
            return
        # It lands before it is written, so that others go on, but no more than a little may wait to be written.
        request = await self._turn_to_write(outcome)
        entry = outcome.entry
        walkers = {id(each.walker): each.walker for each in self._passengers}.values()
        for walker in walkers:
            walker.stay()
        self._land(outcome, granted=True)
        await self._keep(entry)
        del outcome, entry
        self._services.writing.release(request)
        for walker in walkers:
            walker.go()

    async def _flown(self) -> tuple[Outcome, bool]:
        """What came of it, and whether it had its resources."""
        granted = False
        try:
            granted = await self._granted
            return (await self._attempt() if granted else Interrupted()), granted
        except Exception as error:  # noqa: BLE001 - whatever it is, passengers must not wait for ever
            return Failed(error), granted

    def _is_kept(self) -> bool:
        return self._step.cacheable and self._services.cache.disk is not None

    async def _turn_to_write(self, done: Done) -> Request:
        turn: asyncio.Future[None] = self._loop.create_future()
        # One that is larger than all that may wait goes alone.
        need = {"entries": 1, "bytes": min(done.nbytes, WRITING["bytes"])}
        request = self._services.writing.request(need, (), lambda: turn.set_result(None))
        await turn
        return request

    async def _keep(self, entry: Entry) -> None:
        cache, key = self._services.cache, self._step.key
        await self._in_thread(lambda: cache.write(key, entry, self._warn))

    def _land(self, outcome: Outcome, *, granted: bool) -> None:
        self._forget()
        self._landed = True
        # What it was made from need not wait until it is written.
        self._read.clear()
        for passenger in self._passengers:
            passenger.walker.landed(passenger.index, outcome)
        # Only now, so that those who waited for this step stand in the queue before the resources are handed on: a
        # branch is finished before the next one begins.
        if granted and self._request is not None:
            self._services.resources.release(self._request)

    async def _attempt(self) -> Outcome:
        assert self._job is not None
        job, self._job = self._job, None
        self.flying = True
        for passenger in self._passengers:
            passenger.walker.took_off(passenger.index)
        attempt = Attempt(
            job,
            self._services,
            self._warn,
            self._was_read,
            cancellation=self.cancellation,
            report=self._report,
        )
        if not job.step.spec.is_async:
            return await self._in_thread(attempt.compute)
        if (outcome := await self._in_thread(attempt.prepare)) is not None:
            return outcome
        returned, error = await self._run_async(attempt)
        return await self._in_thread(lambda: attempt.conclude(returned, error))

    def _was_read(self, name: str, entry: Entry) -> None:
        self._loop.call_soon_threadsafe(self._loaded, name, entry)

    def _loaded(self, name: str, entry: Entry) -> None:
        self._read[name] = entry
        for passenger in self._passengers:
            passenger.walker.loaded(passenger.index, name, entry)

    async def _run_async(self, attempt: Attempt) -> tuple[Any, BaseException | None]:
        node, context = attempt.node, attempt.context
        assert node is not None
        assert context is not None
        self._inner = self._loop.create_task(_guarded(lambda: node.run(context)))
        if self.cancellation.cancelled:
            self._inner.cancel()
        try:
            return await self._inner
        except asyncio.CancelledError as error:
            # Cancelled before its first step.
            return None, error
        finally:
            self._inner = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await in_thread(self._services.threads, work)

    def _report(self, done: float, total: float, preview: Callable[[], Image] | None) -> None:
        # A thread that a node left behind has nothing to say any more.
        passengers = () if self._landed else tuple(self._passengers)
        for passenger in passengers:
            passenger.walker.narrator.tell("node_progress", passenger.node_id, done=_plain(done), total=_plain(total))
        looking = [passenger for passenger in passengers if passenger.walker.narrator.wants_previews]
        if preview is None or not looking:
            return
        try:
            data = preview_data(preview())
        except Exception:
            log.exception("a preview failed; the step goes on")
            return
        for passenger in looking:
            passenger.walker.narrator.tell("node_preview", passenger.node_id, **data)

    def _warn(self, message: str) -> None:
        for passenger in tuple(self._passengers):
            passenger.walker.narrator.tell("warning", passenger.node_id, message=message)


async def _guarded(run: Callable[[], Awaitable[Any]]) -> tuple[Any, BaseException | None]:
    """What an async node returned, or raised: also what would end the loop if it got there."""
    try:
        return await run(), None
    except BaseException as error:  # noqa: BLE001
        return None, error


def _plain(number: float) -> float:
    """A number as JSON has it, whatever kind the node counts in."""
    return number if type(number) is int else float(number)
