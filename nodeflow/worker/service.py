"""The service: runs that are accepted for good, carried out by workers, and told of to whoever listens."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.queue.cursor import check_limit
from nodeflow.queue.database import Database
from nodeflow.queue.log import Told
from nodeflow.queue.records import (
    Envelope,
    Health,
    Idempotency,
    NewRun,
    Page,
    QueueState,
    Run,
    RunState,
    RunSummary,
    Stats,
    Submitted,
)
from nodeflow.queue.requests import Place
from nodeflow.queue.runs import Order
from nodeflow.queue.syncing import Sync, sync_data
from nodeflow.queue.tables import Submit
from nodeflow.queue.writer import Reader, Work, Writer, Written
from nodeflow.worker.housekeeping import Housekeeping
from nodeflow.worker.hub import Hub
from nodeflow.worker.library import Library
from nodeflow.worker.process import Complain
from nodeflow.worker.supervisor import Supervisor
from nodeflow.worker.tally import Tally
from nodeflow.worker.waiting import Waiting, within

T = TypeVar("T")


class Service:
    """Everything behind the HTTP API, for one data directory and one event loop.

    What it answers is committed. What callers hand in (runs, cancellations, graphs, files) is on disk before the
    answer, power cuts included. Unknown ids raise `NotFound`; a disk that is full, say, `DatabaseError`. What is wrong
    with plugins where workers load them is told once, by `complain` of the catalogue of who has one. From its start on,
    `library` has what is kept beside runs.
    """

    def __init__(
        self,
        config: Config,
        clock: Callable[[], float] = time.time,
        sync: Sync = sync_data,
        complain: Complain | None = None,
    ) -> None:
        self._config = config
        self._complain = complain or Catalogue(config).complain
        self._clock = clock
        self._sync = sync
        self._database = Database(config.data_dir / "nodeflow.db")
        self._hub = Hub()
        self._waiting = Waiting()
        self._housekeeping: Housekeeping | None = None
        self._hub.observe(self._waiting.hear)

    async def start(self) -> None:
        """Open the data directory and start the workers, without waiting until they are ready.

        Runs that were interrupted are queued again. Raises `DatabaseError` when another service uses the directory,
        when it was written by a newer version, or when it is damaged.
        """
        await asyncio.to_thread(self._database.open)
        self._writer = Writer(self._database, self._hub.publish, self._clock, self._sync, self._waiting.look)
        self._reader = Reader(self._database, self._clock)
        self.library = Library(self._writer, self._reader)
        await self._write(lambda tables: tables.turns.recover(self._config.attempts))
        self._hub.begin(await self._read(lambda tables: tables.log.last()))
        counts = await self._read(lambda tables: tables.runs.counts())
        self._tally = Tally(counts, paused=await self._read(lambda tables: tables.requests.paused))
        self._hub.observe(self._tally.hear)
        self._supervisor = Supervisor(self._config, self._writer, self._hub, self._complain)
        self._supervisor.start()
        self._housekeeping = Housekeeping(self._config, self._writer, self._reader, self._clock)
        self._housekeeping.start()

    async def stop(self, grace: float = 10.0) -> None:
        """Begin nothing more, let what runs finish for `grace` seconds, put back what did not, end the workers.

        Subscriptions end when they have given what was told until then.
        """
        if self._housekeeping is None:
            return
        await self._housekeeping.stop()
        self._housekeeping = None
        await self._supervisor.stop(grace)
        self._hub.close()
        await self._writer.close()
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self._database.close)

    async def submit(self, new: Sequence[NewRun], idempotency: Idempotency | None = None) -> Submitted:
        """Accept runs, all or none; nobody has looked for their positions yet. Raises `KeyReused`."""
        return await (await self._hand_in(Submit(new, idempotency))).lasting()

    async def submit_and_wait(
        self, new: NewRun, seconds: float, idempotency: Idempotency | None = None
    ) -> tuple[Submitted, Run | None]:
        """Accept a run as `submit` does, and give it as `wait` does; None when it has been deleted since.

        It may run while it gets onto the disk, which it has when this returns.
        """
        run_id = secrets.token_hex(16)
        with self._waiting.end_of(run_id) as ended:
            written = await self._hand_in(Submit([replace(new, id=run_id)], idempotency))
            run = None
            if [each.id for each in written.value.runs] == [run_id]:
                run = await within(seconds, ended) or await self.run(run_id)
            elif written.value.runs:
                run = await self.wait(written.value.runs[0].id, seconds)
        return await written.lasting(), run

    async def run(self, run_id: str) -> Run:
        """All that is known of a run."""
        return await self._read(lambda tables: tables.runs.get(run_id))

    async def runs(
        self,
        *,
        state: RunState | None = None,
        tag: str | None = None,
        batch: str | None = None,
        order: Order = "newest",
        after: str | None = None,
        limit: int = 50,
    ) -> Page[RunSummary]:
        """Runs, the newest first, or those that wait in the order in which they will run, with their positions.

        `limit` is from 1 to 500; raises `ValueError` for another, and for an `after` that no page gave.
        """
        check_limit(limit)
        return await self._read(
            lambda tables: tables.runs.page(state=state, tag=tag, batch=batch, order=order, after=after, limit=limit)
        )

    async def wait(self, run_id: str, seconds: float) -> Run:
        """The run, as soon as it has ended, and after `seconds` at the latest. Raises `NotFound` if it is deleted."""
        with self._waiting.end_of(run_id) as ended:
            run = await self.run(run_id)
            if run.ended or seconds <= 0:
                return run
            return await within(seconds, ended) or await self.run(run_id)

    async def cancel(self, run_id: str) -> RunSummary:
        """Stop a run: at once when it waits, else soon (`cancelling`). One that has ended stays as it is."""
        return await self._write(lambda tables: tables.requests.cancel(run_id))

    async def cancel_all(self, *, tag: str | None = None, batch: str | None = None) -> int:
        """Stop all runs, or those of a tag or a batch; how many there were."""
        return await self._write(lambda tables: tables.requests.cancel_all(tag=tag, batch=batch))

    async def retry(self, run_id: str) -> RunSummary:
        """Submit the graph of a run that has ended once more; its finished steps come from the cache.

        Raises `Conflict` while it has not ended.
        """
        return await self._write(lambda tables: tables.requests.retry(run_id))

    async def delete(self, run_id: str) -> None:
        """Forget a run and all that was told of it; its files stay for `keep_files_days`.

        Raises `Conflict` while it runs.
        """
        await self._write(lambda tables: tables.requests.delete(run_id))

    async def clear(self, states: Collection[RunState]) -> int:
        """Forget all runs in some states; how many there were. Raises `ValueError` for `running`."""
        return await self._write(lambda tables: tables.requests.clear(states))

    async def move(self, run_id: str, place: Place, anchor: str | None = None) -> RunSummary:
        """Put a waiting run elsewhere: first, last, or before or after another one, whose priority it takes.

        Raises `Conflict` when either does not wait, `ValueError` for an anchor too many or too few.
        """
        return await self._write(lambda tables: tables.requests.move(run_id, place, anchor))

    async def pause(self) -> QueueState:
        """Begin no more runs, not even after a restart, until `resume`; what runs goes on."""
        await self._write(lambda tables: tables.requests.pause(paused=True))
        return await self.queue()

    async def resume(self) -> QueueState:
        """Begin runs again."""
        await self._write(lambda tables: tables.requests.pause(paused=False))
        return await self.queue()

    async def queue(self) -> QueueState:
        """How many runs wait and run, and what the workers do."""
        tally = self._tally
        return QueueState(
            paused=tally.paused, queued=tally.queued, running=tally.running, workers=self._supervisor.states()
        )

    def subscribe(
        self, *, run: str | None = None, after: int | None = None, previews: bool = False
    ) -> AsyncGenerator[Envelope, None]:
        """What has happened since the envelope `after`, then what happens, each exactly once, in order of `id`.

        Of one run or of all; without `after`, of one run from its beginning, of all from now on. The stream of a run
        ends with its last envelope (`run_finished`, or `run_deleted`). Previews come between, those that are late
        not at all. Nothing is held up by a slow reader and nothing kept for it: it is given the log to read instead.
        Raises `NotFound` at the first step for an unknown run. Close it (`aclose`) when done.
        """
        return self._hub.subscribe(self._reader, run, after, previews=previews)

    def observe(self, observer: Callable[[Envelope], None]) -> Callable[[], None]:
        """Call `observer` on the loop with every envelope after its commit, previews excepted; the answer ends it."""
        return self._hub.observe(observer)

    async def bookmark(self, name: str) -> int:
        """The id that was last noted under a name, 0 when none was: how far a consumer of the log has come."""
        return await self._read(lambda tables: tables.bookmarks.get(name))

    async def set_bookmark(self, name: str, event: int) -> None:
        """Note how far a consumer has come."""
        await self._write(lambda tables: tables.bookmarks.put(name, event), durable=False)

    def forget_results(self) -> None:
        """Have every worker forget, before its next run, the results of steps that it holds in memory."""
        self._supervisor.forget()

    async def reload_plugins(self, told: Mapping[str, Any]) -> None:
        """Have every worker load plugins anew that have changed, before its next run; and tell of it."""
        self._supervisor.reload()
        await self._write(lambda tables: tables.log.append(None, [Told("plugins", data=told)]), durable=False)

    def stats(self) -> Stats:
        """Figures for monitoring."""
        tally = self._tally
        return Stats(
            paused=tally.paused,
            queued=tally.queued,
            running=tally.running,
            ended=dict(tally.ended),
            nodes=dict(tally.nodes),
            requeued=tally.requeued,
            events=tally.events,
            subscribers=self._hub.subscribers,
            workers=self._supervisor.states(),
            commits=self._writer.commits,
        )

    def health(self) -> Health:
        """Whether there are workers that can take runs."""
        return self._supervisor.health()

    def _hand_in(self, submission: Submit) -> asyncio.Future[Written[Submitted]]:
        """Have runs accepted, and begun with by those who are idle."""
        written = self._writer.hand_in(submission)
        self._supervisor.beckon()
        return written

    async def _write(self, work: Work[T], *, durable: bool = True) -> T:
        return await self._writer.do(work, durable=durable)

    async def _read(self, work: Work[T]) -> T:
        return await self._reader.do(work)
