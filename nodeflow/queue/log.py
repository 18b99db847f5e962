"""The event log: everything that was told of runs, numbered, kept for a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from nodeflow.queue.prepared import Prepared
from nodeflow.queue.records import Envelope
from nodeflow.queue.schema import events, last_number, runs

CHUNK = 1_000
"""Events that are forgotten at a time."""

_COUNTED = Prepared(
    update(runs)
    .where(runs.c.seq == bindparam("run"))
    .values(events=runs.c.events + bindparam("count"), last_event=bindparam("last"))
    .returning(runs.c.events, runs.c.id)
)
_NEW = Prepared(insert(events))


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to be told of a run, before it has its numbers. Without a time it is now."""

    kind: str
    node_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    time: float | None = None


class EventLog:
    """Appends and reads envelopes. `told` collects those of a transaction, to be sent when it is committed."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self.clock = clock
        self.told: list[Envelope] = []
        self._last: int | None = None

    def append(self, run: int | None, entries: Sequence[Told]) -> None:
        """Note what happened to a run, or, with None, to the queue."""
        if not entries:
            return
        first = self.number(len(entries))
        sequence, run_id = (None, None) if run is None else self._count(run, len(entries), first + len(entries) - 1)
        self.note(run, run_id, entries, first=first, sequence=sequence)

    def note(
        self, run: int | None, run_id: str | None, entries: Sequence[Told], *, first: int, sequence: int | None
    ) -> None:
        """Note what happened under numbers that were drawn, and counted in the row of the run, by the caller."""
        now = self.clock()
        self.insert(
            [
                (run, _numbered(each, first + place, run_id, None if sequence is None else sequence + place, now))
                for place, each in enumerate(entries)
            ]
        )

    def number(self, count: int) -> int:
        """The first of `count` ids that nothing else will have."""
        if self._last is None:
            self._last = last_number(self._connection, "events")
        first = self._last + 1
        self._last += count
        return first

    def insert(self, rows: Sequence[tuple[int | None, Envelope]]) -> None:
        """Write envelopes that have their numbers, each with the run it is about."""
        values = [
            {
                "id": each.id,
                "run": run,
                "sequence": each.sequence,
                "kind": each.kind,
                "time": each.time,
                "node_id": each.node_id,
                "data": each.data,
            }
            for run, each in rows
        ]
        _NEW.do_all(self._connection, values)
        self.told.extend(envelope for _, envelope in rows)

    def after(self, id: int, *, run_id: str | None = None, limit: int = 200) -> list[Envelope]:  # noqa: A002
        """The oldest envelopes after one, of a run or of all."""
        query = (
            select(events, runs.c.id.label("run_id"))
            .outerjoin(runs, runs.c.seq == events.c.run)
            .where(events.c.id > id)
            .order_by(events.c.id)
            .limit(limit)
        )
        if run_id is not None:
            query = query.where(events.c.run == select(runs.c.seq).where(runs.c.id == run_id).scalar_subquery())
        return [
            Envelope(
                row.id, row.run_id or row.data.get("run_id"), row.sequence, row.kind, row.time, row.node_id, row.data
            )
            for row in self._connection.execute(query)
        ]

    def last(self) -> int:
        """The id of the newest envelope there ever was, 0 before the first."""
        return last_number(self._connection, "events")

    def forget(self, *, keep: int, older_than: float) -> bool:
        """Forget the oldest thousand if all are beyond the newest `keep`, or older than a time; whether they were."""
        oldest = self._connection.execute(
            select(events.c.id, events.c.time).order_by(events.c.id).offset(CHUNK - 1).limit(1)
        ).first()
        if oldest is None or (oldest.id > self.last() - keep and oldest.time >= older_than):
            return False
        self._connection.execute(delete(events).where(events.c.id <= oldest.id))
        return True

    def _count(self, run: int, count: int, last: int) -> tuple[int, str]:
        """The sequence of the first of `count` new events of a run, and the run's id."""
        row = _COUNTED.first(self._connection, {"run": run, "count": count, "last": last})
        return row.events - count + 1, row.id


def _numbered(told: Told, id: int, run_id: str | None, sequence: int | None, now: float) -> Envelope:  # noqa: A002
    # What is told of a run that is gone says in its data which one that was.
    return Envelope(
        id, run_id or told.data.get("run_id"), sequence, told.kind, told.time or now, told.node_id, told.data
    )
