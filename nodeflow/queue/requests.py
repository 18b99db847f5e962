"""What people ask of runs they have submitted: cancel, retry, delete, clear, move, pause."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from nodeflow.queue.errors import Conflict
from nodeflow.queue.forgotten import Forgotten
from nodeflow.queue.log import EventLog, Told
from nodeflow.queue.records import ENDED, STATES, NewRun, RunSummary
from nodeflow.queue.runs import WAITING, Runs, filtered
from nodeflow.queue.schema import documents, events, queue, runs
from nodeflow.queue.turns import Turns

Place = Literal["first", "last", "before", "after"]
UNFINISHED = runs.c.state.in_(("queued", "running"))


class Requests:
    """Changes to runs and to the queue, by the wish of a caller."""

    def __init__(self, connection: Connection, log: EventLog, known: Runs, turns: Turns, forgotten: Forgotten) -> None:
        self._connection = connection
        self._log = log
        self._runs = known
        self._turns = turns
        self._forgotten = forgotten

    def cancel(self, run_id: str) -> RunSummary:
        """End a run that waits; note of one that runs that it is to end. Raises `NotFound`."""
        self._cancel([self._runs.row(run_id)])
        return self._runs.summary(run_id)

    def cancel_all(self, *, tag: str | None = None, batch: str | None = None) -> int:
        """Cancel every run, or those with a tag or of a batch, that has not ended; how many those are."""
        query = filtered(select(runs), state=None, tag=tag, batch=batch)
        found = self._connection.execute(query.where(UNFINISHED)).fetchall()
        self._cancel(found)
        return len(found)

    def retry(self, run_id: str) -> RunSummary:
        """A new run like one that has ended. Raises `NotFound`, and `Conflict` when it has not."""
        row = self._runs.row(run_id)
        if row.state not in ENDED:
            raise Conflict(f"the run {run_id!r} is {row.state}; only one that has ended can be tried again")
        document = self._connection.execute(select(documents).where(documents.c.run == row.seq)).one()
        (made,) = self._runs.submit(
            [
                NewRun(
                    graph=document.graph,
                    targets=None if document.targets is None else tuple(document.targets),
                    priority=row.priority,
                    tags=tuple(row.tags),
                    traits=row.traits or {},
                    name=row.name,
                    batch=row.batch,
                    webhook=row.webhook,
                    retry_of=run_id,
                )
            ]
        )
        return made

    def delete(self, run_id: str) -> None:
        """Forget a run. Raises `NotFound`, and `Conflict` while it runs."""
        row = self._runs.row(run_id)
        if row.state == "running":
            raise Conflict(f"the run {run_id!r} is running; cancel it, and delete it when it has ended")
        self._forget([(row.seq, row.id, row.state)])

    def clear(self, states: Collection[str]) -> int:
        """Forget every run in some states; how many there were. Raises ValueError for `running` and unknown ones."""
        if wrong := sorted(set(states) - set(STATES) | set(states) & {"running"}):
            allowed = ", ".join(state for state in STATES if state != "running")
            raise ValueError(f"runs that are {', '.join(map(repr, wrong))} cannot be cleared; there are {allowed}")
        found = self._connection.execute(
            select(runs.c.seq, runs.c.id, runs.c.state).where(runs.c.state.in_(states))
        ).fetchall()
        self._forget(found)
        return len(found)

    def move(self, run_id: str, place: Place, anchor: str | None = None) -> RunSummary:
        """Give a waiting run another place in the queue, and the priority that belongs there."""
        if (anchor is not None) != (place in ("before", "after")):
            raise ValueError(f"{place!r} {'needs a' if anchor is None else 'takes no'} run to be moved to")
        row = self._waiting(run_id)
        if anchor == run_id:
            return self._runs.summary(run_id)
        if place == "first":
            priority, position = self._head()
        elif place == "last":
            priority, position = self._end()
        else:
            assert anchor is not None
            priority, position = self._beside(self._waiting(anchor), place)
        self._connection.execute(update(runs).where(runs.c.seq == row.seq).values(priority=priority, position=position))
        self._log.append(row.seq, [Told("run_moved", data={"place": place, "anchor": anchor})])
        return self._runs.summary(run_id)

    def pause(self, paused: bool) -> None:
        """Let no run begin, or let them again."""
        changed = update(queue).where(queue.c.paused != paused).values(paused=paused)
        if self._connection.execute(changed).rowcount:
            self._log.append(None, [Told("queue", data={"paused": paused})])

    @property
    def paused(self) -> bool:
        return bool(self._connection.execute(select(queue.c.paused)).scalar_one())

    def _cancel(self, rows: Sequence[Row[Any]]) -> None:
        self._turns.withdraw([row for row in rows if row.state == "queued"])
        for row in rows:
            if row.state == "running" and not row.cancelling:
                self._connection.execute(update(runs).where(runs.c.seq == row.seq).values(cancelling=True))
                self._log.append(row.seq, [Told("run_cancelling")])

    def _forget(self, found: Sequence[tuple[int, str, str]]) -> None:
        """Forget runs, given by their numbers, ids and states."""
        if not found:
            return
        self._forgotten.note([seq for seq, _, _ in found])
        gone = [{"gone": seq} for seq, _, _ in found]
        self._connection.execute(delete(events).where(events.c.run == bindparam("gone")), gone)
        self._connection.execute(delete(runs).where(runs.c.seq == bindparam("gone")), gone)
        told = [Told("run_deleted", data={"run_id": run_id, "state": state}) for _, run_id, state in found]
        self._log.append(None, told)

    def _waiting(self, run_id: str) -> Row[Any]:
        row = self._runs.row(run_id)
        if row.state != "queued":
            raise Conflict(f"the run {run_id!r} is {row.state}; only one that is queued has a place in the queue")
        return row

    def _head(self) -> tuple[int, float]:
        """A place before all others."""
        priority = self._connection.execute(select(func.max(runs.c.priority)).where(WAITING)).scalar_one()
        least = select(func.min(runs.c.position)).where(UNFINISHED, runs.c.priority == priority)
        return priority, self._connection.execute(least).scalar_one() - 1

    def _end(self) -> tuple[int, float]:
        """A place behind all others."""
        priority = self._connection.execute(select(func.min(runs.c.priority)).where(WAITING)).scalar_one()
        return priority, self._grow()

    def _beside(self, anchor: Row[Any], place: Place) -> tuple[int, float]:
        """A place made by moving everything behind it by one."""
        position = anchor.position + (place == "after")
        self._connection.execute(
            update(runs)
            .where(UNFINISHED, runs.c.priority == anchor.priority, runs.c.position >= position)
            .values(position=runs.c.position + 1)
        )
        self._grow()
        return anchor.priority, position

    def _grow(self) -> float:
        longer = update(queue).values(tail=queue.c.tail + 1).returning(queue.c.tail)
        return float(self._connection.execute(longer).scalar_one())
