"""The tables. Migrations make them; this is what they look like in the end, which a test compares."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    column,
    select,
    text,
)
from sqlalchemy import table as lightweight

from nodeflow.queue.prepared import Prepared

HEAD = "0003"
"""The revision of the migrations that this code works with."""

metadata = MetaData()
Document = JSON(none_as_null=True)


def _run(*, primary: bool = False) -> Column[int]:
    return Column("run", ForeignKey("runs.seq", ondelete="CASCADE"), primary_key=primary, nullable=False)


# What changes often is here, the graph is not: SQLite writes a row anew when any of it changes.
runs = Table(
    "runs",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("cancelling", Boolean(create_constraint=False), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("position", Float, nullable=False),
    Column("name", Text),
    Column("batch", Text),
    Column("tags", Document, nullable=False),
    Column("retry_of", Text),
    Column("webhook", Text),
    Column("attempt", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("worker", Text),
    Column("events", Integer, nullable=False),
    Column("last_event", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("seconds", Float),
    Column("error", Document),
    Column("traits", Document),
    CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
    sqlite_autoincrement=True,
)
Index("runs_line", runs.c.state, runs.c.priority.desc(), runs.c.position, runs.c.seq)
Index("runs_state", runs.c.state, runs.c.seq)
Index("runs_batch", runs.c.batch, runs.c.seq, sqlite_where=text("batch IS NOT NULL"))

documents = Table(
    "documents",
    metadata,
    _run(primary=True),
    Column("graph", Document, nullable=False),
    Column("targets", Document),
    Column("outputs", Document),
)

run_tags = Table(
    "run_tags",
    metadata,
    Column("tag", Text, primary_key=True),
    _run(primary=True),
    sqlite_with_rowid=False,
)
Index("run_tags_run", run_tags.c.run)

nodes = Table(
    "nodes",
    metadata,
    _run(primary=True),
    Column("node_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("started", Float),
    Column("seconds", Float),
    Column("reason", Text),
    Column("done", Float),
    Column("total", Float),
    sqlite_with_rowid=False,
)

# No foreign key: that a run was deleted is told when it is gone.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer),
    Column("sequence", Integer),
    Column("kind", Text, nullable=False),
    Column("time", Float, nullable=False),
    Column("node_id", Text),
    Column("data", Document, nullable=False),
    sqlite_autoincrement=True,
)
Index("events_run", events.c.run, events.c.id)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Integer, primary_key=True),
    _run(),
    Column("node_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created", Float, nullable=False),
    UniqueConstraint("run", "node_id", "sha256", "name"),
    sqlite_autoincrement=True,
)
Index("artifacts_sha256", artifacts.c.sha256)

files = Table(
    "files",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("uploaded", Float, nullable=False),
)

# Files of deleted runs, which are kept for a time.
forgotten = Table(
    "forgotten",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("since", Float, nullable=False),
)
Index("forgotten_since", forgotten.c.since)

graphs = Table(
    "graphs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("etag", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("runs", Document, nullable=False),
    Column("created", Float, nullable=False),
)
Index("keys_created", keys.c.created)

# One row: whether the queue is paused, and the last place that was given out in it.
queue = Table(
    "queue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paused", Boolean(create_constraint=False), nullable=False),
    Column("tail", Float, nullable=False),
    CheckConstraint("id = 1", name="one"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("event", Integer, nullable=False),
)


def last_number(connection: Connection, table: str) -> int:
    """The largest key that a table has ever given out, 0 before the first; no key is given out twice."""
    found = _LAST.first(connection, {"name": table})
    return 0 if found is None else int(found.seq)


_SEQUENCES = lightweight("sqlite_sequence", column("name"), column("seq"))
_LAST = Prepared(select(_SEQUENCES.c.seq).where(_SEQUENCES.c.name == bindparam("name")))
