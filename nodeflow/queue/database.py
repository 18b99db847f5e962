"""The SQLite file: opened by one service at a time, brought to the schema of this version, written and read."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.prepared import bare, compact
from nodeflow.queue.schema import HEAD

BUSY = 30_000
"""Milliseconds to wait for whoever else has the file open: a person with the sqlite3 shell, say."""
CACHE = 16 << 10
"""KiB of pages that each connection keeps."""
CHECKPOINT = 1_000
"""Pages of the write-ahead log (4 KiB each) after which they are put into the file."""


class Database:
    """The file at `path`, for as long as it is open. `writing` and `reading` make connections.

    A writing connection takes the lock of the file when its transaction begins; a reading one refuses to write.
    Only one Database can have the file open, in all processes: its lock is a file beside it, and ends with the process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path.with_name(f"{path.name}-wal")
        """SQLite's write-ahead log, where every commit is before it is in the file."""
        self._lock: int | None = None
        self.writing = _engine(path, _writing, "BEGIN IMMEDIATE")
        self.reading = _engine(path, _reading, "BEGIN")

    def open(self) -> None:
        """Take the file and bring it up to date. Raises `DatabaseError`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._take()
        try:
            self._update()
        except (DBAPIError, sqlite3.Error) as error:
            self.close()
            raise DatabaseError(
                f"the database {str(self.path)!r} cannot be opened: {getattr(error, 'orig', error)}; "
                "if it is damaged, move it away (files/ keeps what runs made) or restore it from a backup"
            ) from error
        except DatabaseError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        self.writing.dispose()
        self.reading.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def damage(self) -> list[str]:
        """What SQLite finds wrong with the file, broken references included; empty when all is well."""
        with self.reading.connect() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        return found + [f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there" for row in broken]

    def _take(self) -> None:
        place = self.path.with_suffix(".lock")
        lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise DatabaseError(
                f"another nodeflow service uses {str(self.path.parent)!r}: stop it, or give this one another data_dir"
            ) from None
        self._lock = lock

    def _update(self) -> None:
        with self.writing.connect() as connection:
            found = _revision(connection)
            if found != HEAD:
                self._migrate(connection, found)
                connection.commit()

    def _migrate(self, connection: Connection, found: str | None) -> None:
        # alembic takes a quarter of a second to import, which only a database of another version is worth.
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
        if found is not None and found not in known:
            raise DatabaseError(
                f"the database {str(self.path)!r} was written by a newer nodeflow (its revision is {found!r}, "
                f"the newest known here {HEAD!r}): update nodeflow, or give it another data_dir"
            )
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _engine(path: Path, prepare: Callable[[sqlite3.Cursor], None], begin: str) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, json_serializer=compact)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        # Python's own idea of when a transaction begins leaves out what SAVEPOINT needs.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{CACHE}")
        prepare(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        bare(connection).execute(begin)

    return engine


def _writing(cursor: sqlite3.Cursor) -> None:
    cursor.execute("PRAGMA journal_mode = WAL")
    # What must be on the disk is brought there after its commit (syncing.py), while others go on writing.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    cursor.execute("PRAGMA journal_size_limit = 67108864")


def _reading(cursor: sqlite3.Cursor) -> None:
    cursor.execute("PRAGMA query_only = ON")
