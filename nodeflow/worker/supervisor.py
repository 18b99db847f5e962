"""All workers: one for each device, told of what concerns them, ended with the service."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import psutil

from nodeflow.config import Config
from nodeflow.queue.records import Envelope, Health, WorkerState
from nodeflow.queue.writer import Writer
from nodeflow.worker.hub import Hub
from nodeflow.worker.process import Complain, Process
from nodeflow.worker.slot import Slot
from nodeflow.worker.turn import Terms

CALLS = frozenset({"run_queued", "run_requeued", "queue", "run_moved"})
"""What may mean that there is something to claim."""
HAND_BACK = 5.0
"""Seconds that a run has to stop when the service does, at most."""

log = logging.getLogger(__name__)


class Supervisor:
    """Starts the workers and hears what is told, so that an idle one claims at once and a busy one is cancelled."""

    def __init__(self, config: Config, writer: Writer, hub: Hub, complain: Complain) -> None:
        self._cancelling: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._grace = config.worker_grace
        memory = config.worker_memory or psutil.virtual_memory().total * 9 // 10
        terms = Terms(config.attempts, config.worker_grace)
        self._slots = [
            Slot(
                name,
                device,
                lambda name=name, device=device: Process(name, config, device, memory, complain),  # type: ignore[misc]
                writer,
                hub.show,
                hub.looked_at,
                terms,
            )
            for name, device in ((f"worker-{number}", device) for number, device in enumerate(config.devices))
        ]
        hub.observe(self._hear)
        hub.when_looks_change(self._looks_changed)

    def start(self) -> None:
        """Start the workers."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(slot.work(self._cancelling.__contains__)) for slot in self._slots]

    async def stop(self, grace: float) -> None:
        """Claim nothing more, let what runs finish for `grace` seconds, put back what has not, end the workers."""
        for slot in self._slots:
            slot.stop()
        if self._tasks:
            _, busy = await asyncio.wait(self._tasks, timeout=grace)
            if busy:
                for slot in self._slots:
                    if slot.turn is not None:
                        slot.turn.hand_back(min(self._grace, HAND_BACK))
                await asyncio.wait(self._tasks)
            for task in self._tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def beckon(self) -> None:
        """Runs have just been handed in to the writer: whoever is idle claims one as it is accepted."""
        for slot in self._slots:
            slot.beckon()

    def reload(self) -> None:
        """Have every worker load plugins anew that have changed, once it has ended the run that it has now."""
        for slot in self._slots:
            slot.reload()

    def forget(self) -> None:
        """Have every worker forget the results that it holds in memory."""
        for slot in self._slots:
            slot.forget()

    def states(self) -> tuple[WorkerState, ...]:
        """How the workers stand."""
        return tuple(slot.state() for slot in self._slots)

    def health(self) -> Health:
        """Whether there are workers that can take runs."""
        workers = self.states()
        reasons = [f"{each.name} has not started: {each.last_error}" for each in workers if each.state == "starting"]
        reasons += [f"{each.name} does not respond" for each in workers if not each.responsive]
        if (failure := self._failure) is not None:
            reasons.append(f"a worker is no longer looked after: {failure}")
        ok = any(each.state in ("idle", "busy") for each in workers) and failure is None
        return Health(ok=ok, reasons=tuple(reasons), workers=workers)

    @property
    def _failure(self) -> str | None:
        """What ended the supervision of a worker, which nothing should."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                return f"{type(error).__name__}: {error}"
        return None

    def _hear(self, envelope: Envelope) -> None:
        if envelope.kind in CALLS:
            for slot in self._slots:
                slot.wake()
        elif envelope.kind == "run_cancelling" and envelope.run_id is not None:
            self._cancelling.add(envelope.run_id)
            for slot in self._slots:
                if slot.turn is not None and slot.turn.claim.run_id == envelope.run_id:
                    slot.turn.cancel()
        if envelope.kind in ("run_finished", "run_requeued") and envelope.run_id is not None:
            self._cancelling.discard(envelope.run_id)

    def _looks_changed(self) -> None:
        for slot in self._slots:
            slot.looks_changed()
