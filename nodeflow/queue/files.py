"""Files: what runs made, and what somebody brought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.cursor import cursor, read_cursor
from nodeflow.queue.errors import NotFound
from nodeflow.queue.forgotten import Forgotten
from nodeflow.queue.records import FileRecord, GalleryRecord, Page
from nodeflow.queue.rows import file_record, gallery_record
from nodeflow.queue.schema import artifacts, files, runs


class Files:
    """What is known of the files in the store; their bytes are not here."""

    def __init__(self, connection: Connection, forgotten: Forgotten, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._forgotten = forgotten
        self._clock = clock

    def register(self, file: FileRecord) -> FileRecord:
        """Note a file that was brought. One that is known keeps what was noted first."""
        uploaded = self._clock() if file.uploaded is None else file.uploaded
        values = asdict(replace(file, uploaded=uploaded))
        self._connection.execute(upsert(files).values(values).on_conflict_do_nothing())
        return self.get(file.sha256)

    def get(self, sha256: str) -> FileRecord:
        """A file that was brought, else one that a run made, be it deleted since. Raises `NotFound`."""
        brought = self._connection.execute(select(files).where(files.c.sha256 == sha256)).first()
        if brought is not None:
            return file_record(brought)
        query = select(artifacts).where(artifacts.c.sha256 == sha256).order_by(artifacts.c.id.desc()).limit(1)
        made = self._connection.execute(query).first()
        if made is not None:
            return FileRecord(sha256=sha256, name=made.name, media_type=made.media_type, size=made.size)
        if (known := self._forgotten.get(sha256)) is None:
            raise NotFound("file", sha256)
        return known

    def artifacts(self, *, after: str | None = None, limit: int = 50) -> Page[GalleryRecord]:
        """What runs made, the newest first."""
        query = select(artifacts, runs.c.id.label("run_id"), runs.c.traits).join(runs, runs.c.seq == artifacts.c.run)
        if after is not None:
            query = query.where(artifacts.c.id < read_cursor(after, int)[0])
        rows = self._connection.execute(query.order_by(artifacts.c.id.desc()).limit(limit + 1)).fetchall()
        more = cursor(rows[limit - 1].id) if len(rows) > limit else None
        return Page(tuple(gallery_record(row) for row in rows[:limit]), more)
