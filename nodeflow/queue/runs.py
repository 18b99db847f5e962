"""Runs: accepting, reading, listing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, tuple_, update

from nodeflow.queue.cursor import cursor, read_cursor
from nodeflow.queue.errors import NotFound
from nodeflow.queue.log import EventLog
from nodeflow.queue.prepared import Prepared
from nodeflow.queue.records import ENDED, NewRun, NodeState, Page, Run, RunState, RunSummary
from nodeflow.queue.rows import accepted, artifact_record, fields, new_row, new_summary
from nodeflow.queue.schema import artifacts, documents, events, last_number, nodes, queue, run_tags, runs

Order = Literal["newest", "queue"]
WAITING = runs.c.state == "queued"
LINE = (runs.c.priority.desc(), runs.c.position, runs.c.seq)
NOT_REACHED = "the run ended before it"

_ROW = Prepared(select(runs).where(runs.c.id == bindparam("id")))
_DOCUMENT = Prepared(select(documents).where(documents.c.run == bindparam("run")))
_MADE = Prepared(select(artifacts).where(artifacts.c.run == bindparam("run")).order_by(artifacts.c.id))
_NODES = Prepared(select(nodes).where(nodes.c.run == bindparam("run")))
_WARNED = Prepared(
    select(events.c.node_id, events.c.data)
    .where(events.c.run == bindparam("run"), events.c.kind == "warning")
    .order_by(events.c.id)
)
_TAIL = Prepared(update(queue).values(tail=queue.c.tail + bindparam("more")).returning(queue.c.tail))
_NEW_RUNS, _NEW_DOCUMENTS = Prepared(insert(runs)), Prepared(insert(documents))


class Runs:
    """What there is to know of runs, and the way in for new ones."""

    def __init__(self, connection: Connection, log: EventLog) -> None:
        self._connection = connection
        self._log = log

    def submit(self, new: Sequence[NewRun]) -> tuple[RunSummary, ...]:
        """Put runs at the end of the queue, in this order."""
        if not new:
            return ()
        seq = last_number(self._connection, "runs")
        tail = _TAIL.first(self._connection, {"more": len(new)}).tail
        event, now = self._log.number(len(new)), self._log.clock()
        rows = [
            new_row(each, seq=seq + place, position=tail - len(new) + place, event=event + place - 1, created=now)
            for place, each in enumerate(new, 1)
        ]
        _NEW_RUNS.do_all(self._connection, rows)
        documented = [
            {"run": row["seq"], "graph": each.graph, "targets": each.targets, "outputs": None}
            for row, each in zip(rows, new, strict=True)
        ]
        _NEW_DOCUMENTS.do_all(self._connection, documented)
        if tags := [{"run": row["seq"], "tag": tag} for row in rows for tag in row["tags"]]:
            self._connection.execute(insert(run_tags), tags)
        self._log.insert([(row["seq"], accepted(row)) for row in rows])
        return tuple(new_summary(row) for row in rows)

    def row(self, run_id: str) -> Row[Any]:
        """A run as it is in its table. Raises `NotFound`."""
        row: Row[Any] | None = _ROW.first(self._connection, {"id": run_id})
        if row is None:
            raise NotFound("run", run_id)
        return row

    def summary(self, run_id: str) -> RunSummary:
        """A run without its graph and its nodes. Raises `NotFound`."""
        row = self.row(run_id)
        return RunSummary(**fields(row, self.position(row)))

    def known(self, run_ids: Sequence[str]) -> tuple[RunSummary, ...]:
        """Those of the runs that there still are, in the same order."""
        found = {row.id: row for row in self._connection.execute(select(runs).where(runs.c.id.in_(run_ids)))}
        return tuple(RunSummary(**fields(found[run_id], None)) for run_id in run_ids if run_id in found)

    def get(self, run_id: str) -> Run:
        """All that is known of a run. Raises `NotFound`."""
        row = self.row(run_id)
        document = _DOCUMENT.first(self._connection, {"run": row.seq})
        made = _MADE.all(self._connection, {"run": row.seq})
        return Run(
            **fields(row, self.position(row)),
            graph=document.graph,
            targets=None if document.targets is None else tuple(document.targets),
            nodes=tuple(self._nodes(row, document.graph)),
            artifacts=tuple(artifact_record(each, run_id) for each in made),
            outputs=document.outputs or {},
            last_event=row.last_event,
        )

    def position(self, row: Row[Any]) -> int | None:
        """The place of a run in the queue, 1 for the next; None when it does not wait."""
        if row.state != "queued":
            return None
        before = or_(
            runs.c.priority > row.priority,
            and_(runs.c.priority == row.priority, tuple_(runs.c.position, runs.c.seq) < (row.position, row.seq)),
        )
        return 1 + (self._connection.execute(select(func.count()).where(WAITING, before)).scalar() or 0)

    def page(
        self,
        *,
        state: RunState | None = None,
        tag: str | None = None,
        batch: str | None = None,
        order: Order = "newest",
        after: str | None = None,
        limit: int = 50,
    ) -> Page[RunSummary]:
        """Runs of a state, a tag, a batch: the newest first, or those that wait in their order."""
        query = filtered(select(runs), state=state, tag=tag, batch=batch)
        if order == "queue":
            return self._line(query.where(WAITING), after, limit, whole=tag is None and batch is None)
        if after is not None:
            query = query.where(runs.c.seq < read_cursor(after, int)[0])
        rows = self._connection.execute(query.order_by(runs.c.seq.desc()).limit(limit + 1)).fetchall()
        more = cursor(rows[limit - 1].seq) if len(rows) > limit else None
        return Page(tuple(RunSummary(**fields(row, None)) for row in rows[:limit]), more)

    def counts(self) -> Mapping[str, int]:
        """How many runs wait and how many run."""
        unfinished = select(runs.c.state, func.count().label("number")).where(runs.c.state.in_(("queued", "running")))
        found = self._connection.execute(unfinished.group_by(runs.c.state))
        return {"queued": 0, "running": 0} | {row.state: row.number for row in found}

    def _line(self, query: Select[Any], after: str | None, limit: int, *, whole: bool) -> Page[RunSummary]:
        if after is not None:
            priority, position, seq = read_cursor(after, int, float, int)
            behind = and_(runs.c.priority == priority, tuple_(runs.c.position, runs.c.seq) > (position, seq))
            query = query.where(or_(runs.c.priority < priority, behind))
        rows = self._connection.execute(query.order_by(*LINE).limit(limit + 1)).fetchall()
        shown = rows[:limit]
        first = self.position(shown[0]) or 0 if shown else 0
        # Without a filter the runs of a page stand one behind the other, so counting once is enough.
        places = [first + place if whole else self.position(row) for place, row in enumerate(shown)]
        more = cursor(shown[-1].priority, shown[-1].position, shown[-1].seq) if len(rows) > limit else None
        return Page(tuple(RunSummary(**fields(row, place)) for row, place in zip(shown, places, strict=True)), more)

    def _nodes(self, row: Row[Any], graph: Mapping[str, Any]) -> Iterator[NodeState]:
        told = {each.node_id: each for each in _NODES.all(self._connection, {"run": row.seq})}
        warned = self._warnings(row)
        ended = row.state in ENDED
        for node_id, node in graph["nodes"].items():
            warnings = tuple(warned.get(node_id, ()))
            if (found := told.get(node_id)) is None:
                yield NodeState(
                    node_id=node_id,
                    type=node["type"],
                    state="skipped" if ended else "waiting",
                    reason=NOT_REACHED if ended else None,
                    warnings=warnings,
                )
                continue
            kept = {name: value for name, value in found._asdict().items() if name != "run"}
            yield NodeState(type=node["type"], **kept, warnings=warnings)

    def _warnings(self, row: Row[Any]) -> Mapping[str, Mapping[str, None]]:
        """What nodes warned of, each text once though every attempt may have said it."""
        found: dict[str, dict[str, None]] = {}
        for each in _WARNED.all(self._connection, {"run": row.seq}):
            found.setdefault(each.node_id, {})[each.data["message"]] = None
        return found


def filtered(query: Select[Any], *, state: str | None, tag: str | None, batch: str | None) -> Select[Any]:
    """Only runs of a state, with a tag, of a batch, each where it is given."""
    if state is not None:
        query = query.where(runs.c.state == state)
    if batch is not None:
        query = query.where(runs.c.batch == batch)
    if tag is not None:
        query = query.where(runs.c.seq.in_(select(run_tags.c.run).where(run_tags.c.tag == tag)))
    return query
