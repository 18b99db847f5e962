"""Saved graphs: documents under names, each version known by its etag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.cursor import cursor, read_cursor
from nodeflow.queue.errors import NotFound, PreconditionFailed
from nodeflow.queue.records import Page, SavedGraph
from nodeflow.queue.rows import saved_graph
from nodeflow.queue.schema import graphs

ANY = "*"


class Graphs:
    """Graphs kept under names."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock

    def get(self, name: str) -> SavedGraph:
        """A graph. Raises `NotFound`."""
        row = self._row(name)
        if row is None:
            raise NotFound("graph", name)
        return saved_graph(row)

    def put(self, name: str, document: Mapping[str, Any], *, expected: str | None) -> SavedGraph:
        """Save a graph over the one with the etag `expected`: `"*"` for any or none, None for none."""
        row = self._expect(name, expected)
        now = self._clock()
        values: dict[str, Any] = {
            "name": name,
            "document": document,
            "etag": etag(document),
            "created": now if row is None else row.created,
            "updated": now,
        }
        statement = upsert(graphs).values(values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
        return SavedGraph(**values)

    def delete(self, name: str, *, expected: str) -> None:
        """Delete a graph that has the etag `expected`, `"*"` for any. Raises `NotFound` and `PreconditionFailed`."""
        if self._expect(name, expected) is None:
            raise NotFound("graph", name)
        self._connection.execute(delete(graphs).where(graphs.c.name == name))

    def page(self, *, after: str | None = None, limit: int = 50) -> Page[SavedGraph]:
        """Graphs by name."""
        query = select(graphs).order_by(graphs.c.name).limit(limit + 1)
        if after is not None:
            query = query.where(graphs.c.name > read_cursor(after, str)[0])
        rows = self._connection.execute(query).fetchall()
        more = cursor(rows[limit - 1].name) if len(rows) > limit else None
        return Page(tuple(map(saved_graph, rows[:limit])), more)

    def _row(self, name: str) -> Row[Any] | None:
        return self._connection.execute(select(graphs).where(graphs.c.name == name)).first()

    def _expect(self, name: str, expected: str | None) -> Row[Any] | None:
        row = self._row(name)
        found = None if row is None else row.etag
        if expected not in (ANY, found):
            raise PreconditionFailed(name, expected, found)
        return row


def etag(document: Mapping[str, Any]) -> str:
    """A digest of a document, whatever the order of its names."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
