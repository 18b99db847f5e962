"""One run: from its targets down to what they need, and up again with what was computed."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from nodeflow.cache import Entry
from nodeflow.events import Narrator
from nodeflow.executor.attempt import Attempt
from nodeflow.executor.errand import Errand
from nodeflow.executor.flight import Flight, Passenger
from nodeflow.executor.jobs import Jobs
from nodeflow.executor.ledger import NOT_WANTED, Ledger, State
from nodeflow.executor.outcome import Decided, Done, Failed, Missing, Outcome
from nodeflow.executor.services import Services
from nodeflow.plan import Plan, Step

log = logging.getLogger(__name__)


class Walk:
    """Asks for steps, sends them off when their inputs are there, takes in what comes back.

    Lives on the executor's loop. What is to be done next stands in a queue, so the longest chain is no deeper than the
    shortest. A step that fails takes those that wait for it with it; the rest of the run goes on, because what it
    computes is kept and need not be computed again once the failure is mended.
    """

    def __init__(
        self, services: Services, plan: Plan, narrator: Narrator, *, number: int, use_cache: bool, explain: bool
    ) -> None:
        self.narrator = narrator
        self.cancelled = False
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ledger = Ledger(plan, narrator, self._abandon)
        self._services, self._steps, self._number = services, plan.steps, number
        self._use_cache = use_cache
        self._jobs = Jobs(services, plan, self.ledger, narrator.run_id, self._explanation() if explain else None)
        self._refused = bytearray(len(plan.steps))
        self._pending = [0] * len(plan.steps)
        self._flights: dict[int, Flight] = {}
        self._busy = 0
        self._todo: deque[tuple[Callable[[int], None], int]] = deque()

    def begin(self) -> None:
        self._todo.extend((self._demand, target) for target in self.ledger.targets)
        self._work()

    def cancel(self) -> None:
        """Begin nothing more; `finished` comes when all that runs has stopped."""
        self.cancelled = True
        for index in list(self._flights):
            self._abandon(index, flying=True)
        self._work()

    def took_off(self, index: int) -> None:
        """A step has its resources and begins."""
        step = self._steps[index]
        self.narrator.tell("node_started", step.id, type=step.spec.name)

    def loaded(self, index: int, name: str, entry: Entry) -> None:
        """An attempt at a step has read one of its inputs from disk; another attempt may have read it before."""
        source = self._steps[index].links[name].step
        if self.ledger.state[source] is State.STORED and not self.cancelled:
            self._found(source, entry, "disk")

    def landed(self, index: int, outcome: Outcome) -> None:
        """An attempt at a step has ended: at a decision about lazy inputs, or altogether."""
        self._busy -= 1
        self._flights.pop(index, None)
        if not self.cancelled:
            self._take_in(index, outcome)
        self._work()

    def stay(self) -> None:
        """Something still has to be done before the run has ended."""
        self._busy += 1

    def go(self) -> None:
        """That is done."""
        self._busy -= 1
        self._work()

    def _work(self) -> None:
        while self._todo and not self.cancelled:
            action, index = self._todo.popleft()
            action(index)
        if self._busy == 0 and not self.finished.done():
            self.finished.set_result(None)

    def _take_in(self, index: int, outcome: Outcome) -> None:
        match outcome:
            case Done(entry, _, reason):
                self.ledger.done(index, entry, reason)
                self._wake(index)
            case Failed() as failure:
                self.ledger.failed(index, failure)
                self._todo.append((self._sink, index))
            case Decided(wanted):
                self._jobs.choose(index, wanted)
                self._todo.append((self._advance, index))
            case Missing(inputs):
                self._refuse(self._steps[index].links[name].step for name in inputs)
                self._todo.append((self._advance, index))
            case _:
                self.ledger.skipped(index, NOT_WANTED)

    def _demand(self, index: int) -> None:
        """Somebody wants a step: from memory, else from disk, else computed."""
        if self.ledger.state[index] is not State.IDLE:
            return
        step = self._steps[index]
        if self._use_cache and step.cacheable and not self._refused[index]:
            if self._recall(index):
                return
            if self._services.cache.on_disk(step.key, step.spec.name):
                self._postpone(index)
                return
        self._advance(index)

    def _recall(self, index: int) -> bool:
        step = self._steps[index]
        entry = self._services.cache.recall(step.key)
        if entry is None:
            return False
        if not self._services.usable(entry):
            self._services.cache.remove(step.key, step.spec.name)
            return False
        self._found(index, entry, "memory")
        return True

    def _postpone(self, index: int) -> None:
        """A step on disk is read when it is used: together they may be more than memory holds. A target is used now."""
        if index in self.ledger.targets:
            self._in_thread(index, lambda: self._read(index), self._was_read)
        else:
            self.ledger.state[index] = State.STORED
            self._wake(index)

    def _advance(self, index: int) -> None:
        """Ask for the inputs of a step that are not there; once they all are, send it off."""
        if self.ledger.state[index] in (State.DONE, State.DROPPED):
            return
        self.ledger.state[index] = State.WAITING
        self._pending[index] = 0
        for source in self._jobs.wanted(index).values():
            if not self._await(index, source.step):
                return
        if self._pending[index]:
            return
        if self._jobs.undecided(index):
            self._in_thread(index, self._attempt(index).decide, self.landed)
        else:
            self._fly(index)

    def _await(self, index: int, parent: int) -> bool:
        """Wait for a step unless it is there; False when it never will be, and this one is skipped."""
        match self.ledger.state[parent]:
            case State.DONE | State.STORED:
                return True
            case State.DROPPED:
                self._skip(index, parent)
                return False
            case State.IDLE:
                self._todo.append((self._demand, parent))
        self.ledger.wait(index, parent)
        self._pending[index] += 1
        return True

    def _fly(self, index: int) -> None:
        """Compute a step, together with whoever is computing the same."""
        step = self._steps[index]
        if self._use_cache and step.cacheable and not self._refused[index] and self._recall(index):
            return
        # What is volatile is computed for each run, also when two of them run one plan.
        name = step.key if step.cacheable else f"{self._number}/{step.key}"
        flight = self._services.flights.get(name)
        if flight is None:
            flight = Flight(self._services, name, self._jobs.job(index), (self._number, index))
        self.ledger.state[index] = State.BUSY
        self._busy += 1
        self._flights[index] = flight
        flight.board(Passenger(self, index, step.id))

    def _found(self, index: int, entry: Entry, where: str) -> None:
        self.ledger.cached(index, entry, where)
        self._wake(index)

    def _wake(self, index: int) -> None:
        for each in self.ledger.waiting(index):
            self._pending[each] -= 1
            if self._pending[each] == 0 and self.ledger.state[each] is State.WAITING:
                self._todo.append((self._advance, each))

    def _sink(self, index: int) -> None:
        """Skip those who wait for a step that failed or was skipped."""
        for each in self.ledger.waiting(index):
            if self.ledger.state[each] is State.WAITING:
                self._skip(each, index)

    def _skip(self, index: int, parent: int) -> None:
        self.ledger.skipped(index, f"it needs {self._steps[parent].id!r}, which gave nothing")
        self._todo.append((self._sink, index))

    def _refuse(self, indices: Iterable[int]) -> None:
        """What was to be on disk is not: it has to be computed."""
        for index in indices:
            self._refused[index] = True
            if self.ledger.state[index] is State.STORED:
                self.ledger.state[index] = State.IDLE

    def _abandon(self, index: int, *, flying: bool = False) -> None:
        """Leave a flight that nobody waits for any more; one in the air only when told to: the cache may have it."""
        flight = self._flights.get(index)
        if flight is None or (flight.flying and not flying):
            return
        if flight.leave(self, index):
            del self._flights[index]
            self._busy -= 1
            if not self.cancelled:
                self.ledger.skipped(index, NOT_WANTED)

    def _in_thread(self, index: int, work: Callable[[], Any], then: Callable[[int, Any], None]) -> None:
        self.ledger.state[index] = State.BUSY
        self._busy += 1
        errand = Errand(work)

        def back(done: asyncio.Future[None]) -> None:
            done.result()
            then(index, errand.take())

        asyncio.get_running_loop().run_in_executor(self._services.threads, errand).add_done_callback(back)

    def _read(self, index: int) -> Entry | None:
        step = self._steps[index]
        try:
            return self._services.read(step, lambda message: self.narrator.tell("warning", step.id, message=message))
        except Exception:
            log.exception("the cache entry of %r could not be read; it is computed again", step.id)
            return None

    def _was_read(self, index: int, entry: Entry | None) -> None:
        self._busy -= 1
        if entry is not None and not self.cancelled:
            self._found(index, entry, "disk")
        elif not self.cancelled:
            self._refused[index] = True
            self._todo.append((self._advance, index))
        self._work()

    def _explanation(self) -> Callable[[Step], str]:
        """What tells why a step that is computed had to be, for people."""
        history = self._services.cache.history()

        def explain(step: Step) -> str:
            if step.cacheable and not self._use_cache:
                return "the run does not use the cache"
            return str(history.explain(step))

        return explain

    def _attempt(self, index: int) -> Attempt:
        return Attempt(
            self._jobs.job(index),
            self._services,
            warn=lambda message: self.narrator.tell("warning", self._steps[index].id, message=message),
            was_read=lambda *read: self.finished.get_loop().call_soon_threadsafe(self.loaded, index, *read),
        )
