"""Idempotency keys: what a request made the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, insert, select

from nodeflow.queue.errors import KeyReused
from nodeflow.queue.records import Idempotency
from nodeflow.queue.schema import keys

KEPT = 24 * 3600.0
"""Seconds that a key is remembered."""


class Keys:
    """Remembers, for a day, which runs a key made."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock

    def known(self, idempotency: Idempotency) -> list[str] | None:
        """The runs that the same request made; None when it is new. Raises `KeyReused` for another request."""
        self._connection.execute(delete(keys).where(keys.c.created < self._clock() - KEPT))
        row = self._connection.execute(select(keys).where(keys.c.key == idempotency.key)).first()
        if row is None:
            return None
        if row.digest != idempotency.digest:
            raise KeyReused(idempotency.key)
        return list(row.runs)

    def note(self, idempotency: Idempotency, run_ids: Sequence[str]) -> None:
        """Remember what a new request made."""
        values = {
            "key": idempotency.key,
            "digest": idempotency.digest,
            "runs": [*run_ids],
            "created": self._clock(),
        }
        self._connection.execute(insert(keys).values(values))
