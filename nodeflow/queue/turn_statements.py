"""What a run's turn asks of the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text as SQLText
from sqlalchemy import bindparam, func, select, type_coerce, update
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.prepared import Prepared
from nodeflow.queue.runs import LINE, WAITING
from nodeflow.queue.schema import artifacts, documents, nodes, queue, runs

FOLDED = ("state", "started", "seconds", "reason", "done", "total")
NEXT = Prepared(
    select(
        runs.c.seq,
        runs.c.id,
        runs.c.attempt,
        runs.c.events,
        type_coerce(documents.c.graph, SQLText).label("graph"),
        documents.c.targets,
    )
    .join(documents, documents.c.run == runs.c.seq)
    .where(WAITING, ~select(queue.c.paused).scalar_subquery())
    .order_by(*LINE)
    .limit(1)
)
CLAIMED = Prepared(
    update(runs)
    .where(runs.c.seq == bindparam("run"))
    .values(
        state="running",
        attempt=bindparam("number"),
        started=bindparam("at"),
        worker=bindparam("by"),
        events=bindparam("count"),
        last_event=bindparam("last"),
    )
)
HELD = Prepared(
    select(
        runs.c.seq,
        runs.c.id,
        runs.c.state,
        runs.c.cancelling,
        runs.c.attempt,
        runs.c.deaths,
        runs.c.events,
        runs.c.started,
    ).where(runs.c.seq == bindparam("run"), runs.c.state == "running", runs.c.attempt == bindparam("number"))
)
ENDED = Prepared(
    update(runs)
    .where(runs.c.seq == bindparam("run"))
    .values(
        state=bindparam("end"),
        cancelling=False,
        finished=bindparam("at"),
        seconds=bindparam("took"),
        error=bindparam("because", type_=runs.c.error.type),
        events=bindparam("count"),
        last_event=bindparam("last"),
    )
)
BUSY = Prepared(
    select(nodes.c.node_id).where(nodes.c.run == bindparam("run"), nodes.c.state == "running").order_by(nodes.c.started)
)
GIVEN = Prepared(
    update(documents)
    .where(documents.c.run == bindparam("of"))
    .values(outputs=bindparam("given", type_=documents.c.outputs.type))
)
WITHDRAWN = Prepared(
    update(runs)
    .where(runs.c.seq == bindparam("run"))
    .values(state="cancelled", finished=bindparam("at"), events=runs.c.events + 1, last_event=bindparam("last"))
)


def _node_statement() -> Any:
    statement = upsert(nodes).values(
        run=bindparam("run"), node_id=bindparam("node_id"), **{name: bindparam(name) for name in FOLDED}
    )
    kept = {name: func.coalesce(statement.excluded[name], nodes.c[name]) for name in FOLDED if name != "state"}
    return statement.on_conflict_do_update(
        index_elements=["run", "node_id"], set_={"state": statement.excluded.state, **kept}
    )


NODE = Prepared(_node_statement())
MADE = Prepared(upsert(artifacts).on_conflict_do_nothing())
