"""Between the rows of tables and records."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Row

from nodeflow.queue.records import (
    ArtifactRecord,
    Envelope,
    FileRecord,
    GalleryRecord,
    NewRun,
    RunError,
    RunSummary,
    SavedGraph,
)
from nodeflow.queue.schema import runs


def new_row(new: NewRun, *, seq: int, position: float, event: int, created: float) -> dict[str, Any]:
    """The row of a run that waits."""
    return {
        "seq": seq,
        "id": new.id or secrets.token_hex(16),
        "state": "queued",
        "cancelling": False,
        "priority": new.priority,
        "position": position,
        "name": new.name,
        "batch": new.batch,
        "tags": list(dict.fromkeys(new.tags)),
        "traits": dict(new.traits),
        "retry_of": new.retry_of,
        "webhook": new.webhook,
        "attempt": 0,
        "deaths": 0,
        "events": 1,
        "last_event": event,
        "created": created,
        **dict.fromkeys(("worker", "started", "finished", "seconds", "error")),
    }


def accepted(row: dict[str, Any]) -> Envelope:
    """What is told of a new run."""
    data = {name: row[name] for name in ("priority", "name", "batch", "retry_of")}
    return Envelope(row["last_event"], row["id"], 1, "run_queued", row["created"], None, data)


def new_summary(row: dict[str, Any]) -> RunSummary:
    """A new run as it is answered; nobody has looked for its position."""
    kept = {name: value for name, value in row.items() if name in _SUMMARY}
    return RunSummary(**kept | {"tags": tuple(row["tags"]), "position": None})


def fields(row: Row[Any], position: int | None) -> dict[str, Any]:
    """What a `RunSummary` is made of, from a whole row of `runs`."""
    kept = dict(zip(_COLUMNS, row, strict=True))
    values = {name: kept[name] for name in _SUMMARY if name != "position"}
    error = None if row.error is None else RunError(**row.error | {"problems": tuple(row.error["problems"])})
    return values | {"tags": tuple(row.tags), "traits": row.traits or {}, "position": position, "error": error}


def artifact_record(row: Row[Any], run_id: str) -> ArtifactRecord:
    return ArtifactRecord(
        run_id=run_id,
        node_id=row.node_id,
        sha256=row.sha256,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        created=row.created,
    )


def gallery_record(row: Row[Any]) -> GalleryRecord:
    return GalleryRecord(**vars(artifact_record(row, row.run_id)), traits=row.traits or {})


def file_record(row: Row[Any]) -> FileRecord:
    return FileRecord(
        sha256=row.sha256,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        uploaded=row.uploaded,
    )


def saved_graph(row: Row[Any]) -> SavedGraph:
    return SavedGraph(name=row.name, document=row.document, etag=row.etag, created=row.created, updated=row.updated)


_COLUMNS = tuple(runs.c.keys())
_SUMMARY = tuple(RunSummary.__dataclass_fields__)
