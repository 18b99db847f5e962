"""One device and the worker that it has at the moment: replaced when it dies, given runs when it is idle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import time

from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.records import Envelope, WorkerState
from nodeflow.queue.tables import Tables
from nodeflow.queue.turns import Claim
from nodeflow.queue.writer import Work, Writer, Written
from nodeflow.worker.process import Message, Process
from nodeflow.worker.turn import Terms, Turn

START = 120.0
"""Seconds that a worker has to get ready, plugins with all that they import included."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds before a worker that did not get ready is started again, doubled each time."""
TOO_LATE = "its worker ended before it began"

log = logging.getLogger(__name__)


class Slot:
    """Keeps one worker alive and busy until told to stop."""

    def __init__(
        self,
        name: str,
        device: str,
        make: Callable[[], Process],
        writer: Writer,
        show: Callable[[Envelope], None],
        looked_at: Callable[[str], bool],
        terms: Terms,
    ) -> None:
        self.name = name
        self.turn: Turn | None = None
        self._device = device
        self._make = make
        self._writer = writer
        self._show = show
        self._looked_at = looked_at
        self._terms = terms
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._process: Process | None = None
        self._held: Claim | None = None
        self._waiting: Process | None = None
        self._beckoned: asyncio.Future[Written[Claim | None]] | None = None
        self._previews = False
        self._restarts = -1
        self._since = time()
        self._last_error: str | None = None

    async def work(self, cancelling: Callable[[str], bool]) -> None:
        """Start workers, one after the other, and give them runs; `cancelling` knows of runs that are to stop."""
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._restarts += 1
            self._since = time()
            process = self._process = self._make()
            try:
                if await self._started(process):
                    await self._serve(process, cancelling)
                    pause = FIRST_PAUSE
                    continue
                if not self._stop.is_set():
                    log.error("%s did not get ready: %s", self.name, self._last_error)
            except DatabaseError as error:
                self._last_error = str(error)
                log.error("%s: %s", self.name, error)
            finally:
                await self._end(process)
            await _any(self._stop, seconds=pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def beckon(self) -> None:
        """A run has just been handed in to the writer: if there is nothing else to do, claim it as it is accepted."""
        if self._waiting is not None and self._beckoned is None:
            self._beckoned = self._ask(self._waiting)
            self._beckoned.add_done_callback(lambda _: self._wake.set())

    def stop(self) -> None:
        """Claim nothing more."""
        self._stop.set()
        self._wake.set()

    def reload(self) -> None:
        """Have the worker load plugins anew; one that is not there yet will find them as they are then."""
        self._say({"do": "reload"})

    def forget(self) -> None:
        """Have the worker forget the results that it holds in memory; one that is not there yet has none."""
        self._say({"do": "forget"})

    def looks_changed(self) -> None:
        """Tell the worker whether somebody looks at what it does."""
        if self.turn is not None and self._process is not None:
            wanted = self._looked_at(self.turn.claim.run_id)
            if wanted != self._previews:
                self._previews = wanted
                self._process.say({"do": "previews", "wanted": wanted})

    def state(self) -> WorkerState:
        """How things stand."""
        process = self._process
        ready = process is not None and process.ready.is_set() and not process.ended.is_set()
        busy = self.turn is not None
        return WorkerState(
            name=self.name,
            device=self._device,
            state="busy" if busy else "idle" if ready else "stopped" if self._stop.is_set() else "starting",
            since=self._since,
            pid=process.pid if process is not None and ready else None,
            run_id=self.turn.claim.run_id if self.turn is not None else None,
            rss=process.rss if process is not None and ready else None,
            responsive=process is None or not ready or process.responsive,
            restarts=max(self._restarts, 0),
            last_error=self._last_error,
            environment=process.environment if process is not None else {},
        )

    def _say(self, message: Message) -> None:
        if self._process is not None:
            self._process.say(message)

    async def _started(self, process: Process) -> bool:
        await process.start()
        await _any(process.ready, process.ended, self._stop, seconds=START)
        if process.ready.is_set():
            return True
        if not self._stop.is_set():
            ended = process.ended.is_set()
            how = (await process.death()).how if ended else f"was not ready after {START:g} s"
            self._last_error = f"{how}\n{process.printed}".strip()
        return False

    async def _serve(self, process: Process, cancelling: Callable[[str], bool]) -> None:
        self._since = time()
        ended = asyncio.ensure_future(process.ended.wait())
        ended.add_done_callback(lambda _: self._wake.set())
        try:
            claim = await self._claim(process)
            while claim is not None or self._goes_on(process):
                if claim is None:
                    await self._woken(process)
                    claim = await self._claim(process)
                else:
                    claim = await self._carried_out(claim, process, cancelling)
        finally:
            ended.cancel()
        if process.ended.is_set() and not self._stop.is_set():
            death = await process.death()
            self._last_error = death.how
            log.warning("%s %s; it is replaced", self.name, death.how)

    def _goes_on(self, process: Process) -> bool:
        return not self._stop.is_set() and not process.ended.is_set()

    async def _woken(self, process: Process) -> None:
        self._waiting = process
        await self._wake.wait()
        self._waiting = None

    async def _carried_out(self, claim: Claim, process: Process, cancelling: Callable[[str], bool]) -> Claim | None:
        """The claim of the next run, if there is one, once this one has ended."""
        if not self._goes_on(process):
            return await self._claim(process, lambda tables: tables.turns.put_back(claim, TOO_LATE))
        self._since = time()
        self.turn = Turn(claim, process, self._writer, self._show, self._terms)
        try:
            if cancelling(claim.run_id):
                self.turn.cancel()
            self._previews = self._looked_at(claim.run_id)
            ended = await self.turn.carry_out(previews=self._previews)
            return await self._claim(process, ended)
        finally:
            self.turn = None
            self._since = time()

    async def _claim(self, process: Process, ended: Work[object] | None = None) -> Claim | None:
        """The next run, once it is written down how the one before has ended."""
        asked, self._beckoned = self._beckoned or self._ask(process, ended), None
        self._held = (await asked).value
        return self._held

    def _ask(self, process: Process, ended: Work[object] | None = None) -> asyncio.Future[Written[Claim | None]]:
        held = self._held

        def claim(tables: Tables) -> Claim | None:
            if ended is not None:
                ended(tables)
            elif held is not None:
                # How that one ended could not be written down.
                tables.turns.put_back(held, "the database could not be written")
            return tables.turns.claim(self.name) if self._goes_on(process) else None

        # Whatever is told from now on is a reason to ask again.
        self._wake.clear()
        return self._writer.hand_in(claim, durable=False)

    async def _end(self, process: Process) -> None:
        if process.ready.is_set() and not process.ended.is_set():
            await process.stop()
        else:
            await process.close()
        self._process = None
        self._since = time()


async def _any(*events: asyncio.Event, seconds: float | None = None) -> None:
    """Wait for one of several events, or for a time."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
