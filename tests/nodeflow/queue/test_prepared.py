"""Prepared statements give what SQLAlchemy gives, and take part in the same transactions."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from nodeflow.queue.database import Database
from nodeflow.queue.prepared import Prepared
from nodeflow.queue.schema import documents, queue, runs

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=4,
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.fixed_dictionaries(
    {
        "id": TEXTS,
        "state": st.sampled_from(["queued", "running", "failed"]),
        "cancelling": st.booleans(),
        "priority": NUMBERS,
        "position": st.floats(allow_nan=False),
        "tags": st.lists(TEXTS),
        "started": st.none() | st.floats(allow_nan=False),
        "error": st.none() | st.dictionaries(TEXTS, VALUES, min_size=1),
    }
)
UNSET = dict.fromkeys(("name", "batch", "retry_of", "webhook", "worker", "seconds", "traits"))
ALL = select(runs).where(runs.c.state == bindparam("wanted"), runs.c.cancelling == False).order_by(runs.c.seq)  # noqa: E712


@settings(deadline=None, max_examples=30)
@given(st.lists(ROWS, min_size=1, max_size=2, unique_by=lambda row: row["id"]), st.floats(0, 1e9))
def test_values_go_in_and_come_out_as_with_sqlalchemy(scratch: Any, rows: list[dict[str, Any]], now: float) -> None:
    whole = [
        {**UNSET, **row, "seq": place, "attempt": 0, "deaths": 0, "events": 1, "last_event": 1, "created": now}
        | {"finished": now}
        for place, row in enumerate(rows)
    ]
    later = update(runs).where(runs.c.seq == bindparam("run")).values(error=bindparam("why", type_=runs.c.error.type))
    found = []
    for prepared in (False, True):
        with scratch() as tables:
            connection = tables.connection
            if prepared:
                Prepared(insert(runs)).do_all(connection, whole)
                Prepared(later).do(connection, {"run": 0, "why": {"a": rows[0]["tags"]}})
            else:
                connection.execute(insert(runs), whole)
                connection.execute(later, {"run": 0, "why": {"a": rows[0]["tags"]}})
            found.append([row._asdict() for row in connection.execute(ALL, {"wanted": "queued"})])
            found.append([row._asdict() for row in Prepared(ALL).all(connection, {"wanted": "queued"})])
    assert found[0] == found[1] == found[2] == found[3]


@pytest.fixture
def connection(database: Database) -> Any:
    with database.writing.connect() as connection:
        yield connection


def tail(connection: Connection) -> float:
    return float(connection.execute(select(queue.c.tail)).scalar_one())


TAIL = Prepared(update(queue).values(tail=queue.c.tail + bindparam("more")).returning(queue.c.tail))


def test_what_it_gives_has_its_columns_as_attributes(connection: Connection) -> None:
    assert TAIL.first(connection, {"more": 3}).tail == 3.0
    assert TAIL.first(connection, {"more": 0.5})._asdict() == {"tail": 3.5}
    assert Prepared(select(runs)).first(connection, {}) is None
    assert Prepared(select(runs)).all(connection, {}) == []


def test_it_begins_a_transaction_that_can_be_undone(connection: Connection, database: Database) -> None:
    TAIL.first(connection, {"more": 3})
    assert connection.in_transaction()
    with database.reading.connect() as other:
        assert tail(other) == 0
    connection.rollback()
    assert tail(connection) == 0


def test_what_goes_wrong_is_told(connection: Connection) -> None:
    document = {"run": 1, "graph": {"a": float("nan")}, "targets": None, "outputs": None}
    with pytest.raises(ValueError, match="not JSON compliant"):
        Prepared(insert(documents)).do(connection, document)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        Prepared(upsert(documents)).do(connection, document | {"graph": {}})
