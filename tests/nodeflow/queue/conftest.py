"""A database in a folder of its own, a clock that is set by hand, and small runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from nodeflow.queue.database import Database
from nodeflow.queue.records import Envelope, NewRun
from nodeflow.queue.tables import Tables
from nodeflow.queue.turns import Claim


class Clock:
    """Says what it was told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the migrations make it, to copy: making one takes longer than most tests."""
    database = Database(tmp_path_factory.mktemp("blank") / "nodeflow.db")
    database.open()
    database.close()
    return database.path


@pytest.fixture
def database(tmp_path: Path, blank: Path) -> Iterator[Database]:
    """A new database, open; when the test is over there must be nothing wrong with it."""
    database = Database(tmp_path / "data" / "nodeflow.db")
    database.path.parent.mkdir()
    shutil.copyfile(blank, database.path)
    database.open()
    yield database
    assert database.damage() == []
    database.close()


@pytest.fixture
def tables(database: Database, clock: Clock) -> Iterator[Tables]:
    """Everything in one transaction, which is committed at the end."""
    with database.writing.begin() as connection:
        yield Tables(connection, clock)


def graph(**nodes: str) -> dict[str, Any]:
    """A graph of nodes of some types, without links."""
    return {"nodeflow": 1, "nodes": {node_id: {"type": name} for node_id, name in (nodes or {"n": "Text"}).items()}}


def new(**options: Any) -> NewRun:
    """A run to be."""
    return NewRun(**{"graph": graph(), **options})


def submit(tables: Tables, count: int = 1, **options: Any) -> list[str]:
    """The ids of some new runs."""
    return [run.id for run in tables.runs.submit([new(**options) for _ in range(count)])]


def line(tables: Tables) -> list[str]:
    """The ids of the runs that wait, in order."""
    return [run.id for run in tables.runs.page(order="queue", limit=500).items]


def claimed(tables: Tables) -> Claim:
    """The next run, which there must be."""
    claim = tables.turns.claim("worker-0")
    assert claim is not None
    return claim


def story(tables: Tables, run_id: str) -> list[Envelope]:
    """Everything told of a run."""
    return tables.log.after(0, run_id=run_id, limit=1_000)


def kinds(tables: Tables, run_id: str) -> list[str]:
    """The kinds of everything told of a run."""
    return [envelope.kind for envelope in story(tables, run_id)]


@pytest.fixture(scope="module")
def scratch(
    tmp_path_factory: pytest.TempPathFactory, blank: Path
) -> Iterator[Callable[[], AbstractContextManager[Tables]]]:
    """Makes empty tables, for properties: what is done with them is undone at the end of each."""
    database = Database(tmp_path_factory.mktemp("scratch") / "nodeflow.db")
    shutil.copyfile(blank, database.path)
    database.open()

    @contextmanager
    def make() -> Iterator[Tables]:
        with database.writing.connect() as connection:
            yield Tables(connection)
            connection.rollback()

    yield make
    database.close()
