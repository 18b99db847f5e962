"""Files of runs that are deleted: still there for a time, and gone when nothing names them any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from sqlalchemy import Connection, Float, bindparam, delete, select, type_coerce, update
from sqlalchemy import Text as SQLText
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.records import FileRecord
from nodeflow.queue.schema import artifacts, documents, files, forgotten, graphs

DIGEST = re.compile(r"[0-9a-f]{64}")
AT_ONCE = 500
"""Files that are looked after at a time."""

_NOTE = upsert(forgotten).from_select(
    ["sha256", "name", "media_type", "size", "since"],
    select(
        artifacts.c.sha256,
        artifacts.c.name,
        artifacts.c.media_type,
        artifacts.c.size,
        bindparam("now", type_=Float).label("since"),
    ).where(artifacts.c.run == bindparam("gone")),
)
_NOTE = _NOTE.on_conflict_do_update(index_elements=["sha256"], set_={"since": _NOTE.excluded.since})
_KNOWN = forgotten.c.sha256.in_(select(files.c.sha256)) | forgotten.c.sha256.in_(select(artifacts.c.sha256))


class Forgotten:
    """Remembers the artifacts of deleted runs, so that their files can be told apart, and in the end deleted."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock

    def note(self, runs: Collection[int]) -> None:
        """Note what runs have made, before that is deleted with them."""
        if runs:
            now = self._clock()
            self._connection.execute(_NOTE, [{"gone": run, "now": now} for run in runs])

    def get(self, sha256: str) -> FileRecord | None:
        """What is known of such a file."""
        row = self._connection.execute(select(forgotten).where(forgotten.c.sha256 == sha256)).first()
        if row is None:
            return None
        return FileRecord(sha256=sha256, name=row.name, media_type=row.media_type, size=row.size)

    def unneeded(self, before: float) -> tuple[list[str], list[str]]:
        """Of some files forgotten before a time, those that nothing names any more, and those that something does.

        A file is named by what somebody brought, by what another run made, gave or is to run, and by saved graphs.
        """
        old = select(forgotten.c.sha256).where(forgotten.c.since < before).order_by(forgotten.c.since).limit(AT_ONCE)
        found = set(self._connection.execute(old).scalars())
        if not found:
            return [], []
        named = set(
            self._connection.execute(select(forgotten.c.sha256).where(forgotten.c.since < before, _KNOWN)).scalars()
        )
        for text in self._documents():
            named.update(found.intersection(DIGEST.findall(text)))
        return sorted(found - named), sorted(found & named)

    def settle(self, gone: Collection[str], named: Collection[str]) -> None:
        """Note which files are gone, and which have to wait; those that somebody has again are nobody's affair here."""
        if gone:
            self._connection.execute(
                delete(forgotten).where(forgotten.c.sha256 == bindparam("digest")), [{"digest": each} for each in gone]
            )
        self._connection.execute(delete(forgotten).where(_KNOWN))
        if named:
            self._connection.execute(
                update(forgotten).where(forgotten.c.sha256 == bindparam("digest")).values(since=self._clock()),
                [{"digest": each} for each in named],
            )

    def _documents(self) -> Iterator[str]:
        """All JSON in which a digest may stand, as text."""
        for column in (documents.c.graph, documents.c.outputs, graphs.c.document):
            rows = self._connection.execute(select(type_coerce(column, SQLText)).where(column.is_not(None)))
            yield from rows.yield_per(100).scalars()
