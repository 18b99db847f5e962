"""Bookmarks: how far consumers of the event log have come."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.schema import bookmarks


class Bookmarks:
    """The id of an envelope under a name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> int:
        """What was noted last, 0 when nothing was."""
        return self._connection.execute(select(bookmarks.c.event).where(bookmarks.c.name == name)).scalar() or 0

    def put(self, name: str, event: int) -> None:
        """Note an id."""
        statement = upsert(bookmarks).values(name=name, event=event)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"event": event}))
