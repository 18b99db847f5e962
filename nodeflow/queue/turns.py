"""A run's turn: claimed by a worker, told of while it runs, ended once, or put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update

from nodeflow.queue.forgotten import Forgotten
from nodeflow.queue.log import EventLog, Told
from nodeflow.queue.records import Envelope, RunError
from nodeflow.queue.schema import artifacts, nodes, runs
from nodeflow.queue.turn_statements import BUSY, CLAIMED, ENDED, FOLDED, GIVEN, HELD, MADE, NEXT, NODE, WITHDRAWN

CUT_OFF = {"cancelled": "the run was cancelled"}
CUT_OFF_ELSE = "the run ended while it ran"

_STATES = {
    "node_started": "running",
    "node_progress": "running",
    "node_cached": "cached",
    "node_finished": "done",
    "node_failed": "failed",
    "node_skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out a run, which ends with the run's turn. `graph` is JSON text."""

    run_id: str
    seq: int
    attempt: int
    graph: str
    targets: tuple[str, ...] | None


class Turns:
    """Moves runs from one state to the next, each time in one step with the event that tells it.

    Whoever does not hold the present claim of a run changes nothing: that is what keeps a run from ending twice.
    """

    def __init__(self, connection: Connection, log: EventLog, forgotten: Forgotten) -> None:
        self._connection = connection
        self._log = log
        self._forgotten = forgotten

    def claim(self, worker: str) -> Claim | None:
        """The next run, which now runs; None when none waits or the queue is paused."""
        row = NEXT.first(self._connection, {})
        if row is None:
            return None
        attempt, event = row.attempt + 1, self._log.number(1)
        CLAIMED.do(
            self._connection,
            {
                "run": row.seq,
                "number": attempt,
                "at": self._log.clock(),
                "by": worker,
                "count": row.events + 1,
                "last": event,
            },
        )
        if attempt > 1:
            self._connection.execute(delete(nodes).where(nodes.c.run == row.seq))
            self._forgotten.note([row.seq])
            self._connection.execute(delete(artifacts).where(artifacts.c.run == row.seq))
        told = [Told("run_started", data={"attempt": attempt, "worker": worker})]
        self._log.note(row.seq, row.id, told, first=event, sequence=row.events + 1)
        return Claim(row.id, row.seq, attempt, row.graph, None if row.targets is None else tuple(row.targets))

    def record(self, claim: Claim, told: Sequence[Told]) -> bool:
        """Note what a worker tells of its run; False when the run is no longer its own, and nothing was noted."""
        if self._held(claim) is None:
            return False
        self._log.append(claim.seq, told)
        self._take_down(claim.seq, told)
        return True

    def finish(
        self,
        claim: Claim,
        state: Literal["succeeded", "failed", "cancelled"],
        *,
        told: Sequence[Told] = (),
        error: RunError | None = None,
        seconds: float | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> bool:
        """End a run, after what was told last; False when it is not the claim's own any more, and nothing changed."""
        row = self._held(claim)
        if row is None:
            return False
        self._take_down(claim.seq, told)
        if outputs:
            GIVEN.do(self._connection, {"of": claim.seq, "given": outputs})
        self.end(row, state, told=told, error=error, seconds=seconds)
        return True

    def put_back(self, claim: Claim, reason: str) -> bool:
        """Let a run wait again, in its old place; that does not count as an interruption."""
        row = self._held(claim)
        if row is None:
            return False
        if row.cancelling:
            self.end(row, "cancelled")
        else:
            self._requeue(row, reason, row.deaths)
        return True

    def interrupted(self, claim: Claim, error: RunError, limit: int) -> bool:
        """A worker died over its run: the run waits again, or fails when that was the `limit`-th time."""
        row = self._held(claim)
        if row is None:
            return False
        self._interrupt(row, error, limit)
        return True

    def recover(self, limit: int) -> int:
        """At the start of a service: treat what ran when the last one ended as interrupted; how many there were."""
        found = self._connection.execute(select(runs).where(runs.c.state == "running").order_by(runs.c.seq)).fetchall()
        for row in found:
            busy = self._busy(row)
            where = f" while {' and '.join(map(repr, busy))} ran" if busy else ""
            message = f"the service ended{where}"
            self._interrupt(
                row, RunError(code="interrupted", message=message, node_id=busy[0] if len(busy) == 1 else None), limit
            )
        return len(found)

    def withdraw(self, rows: Sequence[Row[Any]]) -> None:
        """Cancel runs that wait, however many, at once."""
        if not rows:
            return
        first, now = self._log.number(len(rows)), self._log.clock()
        data = {"state": "cancelled", "seconds": None, "error": None}
        ends = [
            Envelope(first + place, row.id, row.events + 1, "run_finished", now, None, data)
            for place, row in enumerate(rows)
        ]
        WITHDRAWN.do_all(
            self._connection, [{"run": row.seq, "at": now, "last": end.id} for row, end in zip(rows, ends, strict=True)]
        )
        self._log.insert([(row.seq, end) for row, end in zip(rows, ends, strict=True)])

    def end(
        self,
        row: Row[Any],
        state: str,
        *,
        told: Sequence[Told] = (),
        error: RunError | None = None,
        seconds: float | None = None,
    ) -> None:
        """Put a run that has not ended into one of the states that end it."""
        now = self._log.clock()
        closed = self._close_nodes(row, state, error) if row.state == "running" else []
        if seconds is None and row.state == "running":
            seconds = max(0.0, now - row.started)
        data = {"state": state, "seconds": seconds, "error": None if error is None else error.message}
        story = [*told, *closed, Told("run_finished", data=data)]
        first = self._log.number(len(story))
        ENDED.do(
            self._connection,
            {
                "run": row.seq,
                "end": state,
                "at": now,
                "took": seconds,
                "because": None if error is None else error.dump(),
                "count": row.events + len(story),
                "last": first + len(story) - 1,
            },
        )
        self._log.note(row.seq, row.id, story, first=first, sequence=row.events + 1)

    def _take_down(self, seq: int, told: Sequence[Told]) -> None:
        """Where the nodes of a run stand after what was told, and what they made."""
        now = self._log.clock()
        if folded := _folded(told, now):
            rows = [{"run": seq, "node_id": node_id, **values} for node_id, values in folded.items()]
            NODE.do_all(self._connection, rows)
        made = [
            {"id": None, "run": seq, "node_id": each.node_id, "created": each.time or now, **each.data}
            for each in told
            if each.kind == "artifact"
        ]
        if made:
            MADE.do_all(self._connection, made)

    def _held(self, claim: Claim) -> Row[Any] | None:
        held: Row[Any] | None = HELD.first(self._connection, {"run": claim.seq, "number": claim.attempt})
        return held

    def _interrupt(self, row: Row[Any], error: RunError, limit: int) -> None:
        deaths = row.deaths + 1
        if row.cancelling:
            self.end(row, "cancelled")
        elif deaths < limit:
            self._requeue(row, error.message, deaths)
        else:
            times = f" ({deaths} times in all; it is not tried again)" if deaths > 1 else ""
            self.end(row, "failed", error=RunError(**{**error.dump(), "message": error.message + times}))

    def _requeue(self, row: Row[Any], reason: str, deaths: int) -> None:
        self._connection.execute(
            update(runs).where(runs.c.seq == row.seq).values(state="queued", deaths=deaths, started=None, worker=None)
        )
        self._log.append(row.seq, [Told("run_requeued", data={"reason": reason, "attempt": row.attempt})])

    def _busy(self, row: Row[Any]) -> list[str]:
        """The nodes that ran last, as far as was told."""
        return [each.node_id for each in BUSY.all(self._connection, {"run": row.seq})]

    def _close_nodes(self, row: Row[Any], state: str, error: RunError | None) -> list[Told]:
        """No node runs on when its run has ended: the one at fault has failed, the others were cut off."""
        told = []
        for node_id in self._busy(row):
            at_fault = error is not None and error.node_id == node_id
            reason = error.message if error is not None and at_fault else CUT_OFF.get(state, CUT_OFF_ELSE)
            self._connection.execute(
                update(nodes)
                .where(nodes.c.run == row.seq, nodes.c.node_id == node_id)
                .values(state="failed" if at_fault else "skipped", reason=reason)
            )
            if error is not None and at_fault:
                data = {"type": error.type, "input": None, "error": error.code, "message": reason, "traceback": ""}
                told.append(Told("node_failed", node_id, data))
            else:
                told.append(Told("node_skipped", node_id, {"reason": reason}))
        return told


def _folded(told: Iterable[Told], now: float) -> dict[str, dict[str, Any]]:
    """Where each node that is told of stands after all of it."""
    found: dict[str, dict[str, Any]] = {}
    for each in told:
        if each.node_id is None or each.kind not in _STATES:
            continue
        values = found.setdefault(each.node_id, dict.fromkeys(FOLDED))
        values["state"] = _STATES[each.kind]
        match each.kind:
            case "node_started":
                values["started"] = each.time or now
            case "node_progress":
                values.update(done=each.data.get("done"), total=each.data.get("total"))
            case "node_failed":
                values["reason"] = f"{each.data.get('error')}: {each.data.get('message')}"
            case _:
                values.update(seconds=each.data.get("seconds"), reason=each.data.get("reason"))
    return found
