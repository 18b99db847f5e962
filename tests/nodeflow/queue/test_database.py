"""The file: made and migrated on opening, owned by one, refused when it is newer or damaged."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from nodeflow.queue import migrations
from nodeflow.queue.database import Database
from nodeflow.queue.errors import DatabaseError
from nodeflow.queue.schema import HEAD, metadata, runs


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        made = {row.name: row.sql for row in found}
    for table in metadata.sorted_tables:
        # What autogenerate does not look at: AUTOINCREMENT, WITHOUT ROWID, CHECK, conditions of indexes.
        assert ("AUTOINCREMENT" in made[table.name]) == bool(table.dialect_options["sqlite"]["autoincrement"])
        assert ("WITHOUT ROWID" in made[table.name]) == (not table.dialect_options["sqlite"]["with_rowid"])
        for index in table.indexes:
            assert ("WHERE" in made[str(index.name)]) == (index.dialect_options["sqlite"]["where"] is not None)


def test_the_revisions_lead_in_one_line_to_the_head() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [HEAD]
    assert script.get_bases() == ["0001"]


def test_it_is_there_again_when_opened_again(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.execute(text("INSERT INTO bookmarks VALUES ('here', 7)"))
    database.close()
    database.open()
    with database.reading.connect() as connection:
        assert connection.execute(text("SELECT event FROM bookmarks")).scalar() == 7
        assert connection.execute(text("SELECT count(*) FROM queue")).scalar() == 1


def test_every_commit_outlives_the_process_and_readers_wait_for_nobody(database: Database) -> None:
    with database.writing.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        connection.execute(text("INSERT INTO bookmarks VALUES ('here', 7)"))
        with database.reading.connect() as other:
            assert other.execute(text("SELECT count(*) FROM bookmarks")).scalar() == 0


def test_a_reading_connection_does_not_write(database: Database) -> None:
    with database.reading.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("INSERT INTO bookmarks VALUES ('here', 7)"))


def test_a_run_has_one_of_the_states(database: Database) -> None:
    with database.writing.connect() as connection, pytest.raises(IntegrityError, match="state"):
        connection.execute(
            runs.insert().values(
                id="a", state="lost", cancelling=False, priority=0, position=0, tags=[], attempt=0, deaths=0,
                events=0, last_event=0, created=0,
            )
        )  # fmt: skip


def test_one_service_at_a_time(database: Database) -> None:
    with pytest.raises(DatabaseError, match=r"another nodeflow service uses .*data'"):
        Database(database.path).open()
    database.close()
    second = Database(database.path)
    second.open()
    second.close()
    database.open()


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "nodeflow.db"
    script = f"""
import os, signal
from pathlib import Path
from nodeflow.queue.database import Database
Database(Path({str(path)!r})).open()
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=300).returncode == -9
    database = Database(path)
    database.open()
    assert database.damage() == []
    database.close()


def test_a_newer_one_is_refused_and_left_alone(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    before = database.path.read_bytes()
    with pytest.raises(DatabaseError, match=r"written by a newer nodeflow .*'9999'.* update nodeflow"):
        database.open()
    assert database.path.read_bytes() == before
    with sqlite3.connect(database.path) as plain:
        plain.execute("UPDATE alembic_version SET version_num = ?", [HEAD])
    plain.close()
    database.open()


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nodeflow.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(DatabaseError, match="file is not a database; if it is damaged, move it away"):
        Database(path).open()
    assert path.read_bytes().startswith(b"this is not")


def test_a_path_may_look_like_a_part_of_a_url(tmp_path: Path) -> None:
    database = Database(tmp_path / "50% ?x=1#y" / "nodeflow.db")
    database.open()
    assert database.path.is_file()
    assert database.damage() == []
    database.close()


def test_damage_is_found(database: Database) -> None:
    with sqlite3.connect(database.path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO run_tags VALUES ('lost', 77)")
    connection.close()
    assert [said for said in database.damage() if "run_tags" in said]
    with database.writing.begin() as writing:
        writing.execute(text("DELETE FROM run_tags"))
