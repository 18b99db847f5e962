"""How SQLite goes about what is asked most: along an index, without sorting the whole queue."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from nodeflow.queue.database import Database
from nodeflow.queue.prepared import driver
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import submit

READS = {
    "claim": lambda tables: tables.turns.claim("worker-0"),
    "queue": lambda tables: tables.runs.page(order="queue"),
    "newest": lambda tables: tables.runs.page(),
    "state": lambda tables: tables.runs.page(state="queued"),
    "batch": lambda tables: tables.runs.page(batch="b"),
    "events": lambda tables: tables.log.after(5),
    "gallery": lambda tables: tables.files.artifacts(),
}


@pytest.mark.parametrize("name", READS)
def test_no_read_sorts_or_walks_through_everything(database: Database, name: str) -> None:
    asked: list[str] = []
    with database.writing.connect() as connection:
        tables = Tables(connection)
        submit(tables, 50, batch="b")
        driver(connection).set_trace_callback(asked.append)
        READS[name](tables)
        driver(connection).set_trace_callback(None)
        reads = [each for each in asked if each.startswith("SELECT")]
        assert reads
        for statement in reads:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
            for step in plan:
                # The one row that says whether the queue is paused may be walked through.
                assert "TEMP B-TREE" not in step.detail, (statement, step.detail)
                assert "USING" in step.detail or "SUBQUERY" in step.detail or step.detail in FINE, step.detail
        connection.rollback()


FINE = {"SCAN queue", "SCAN runs", "SCAN artifacts"}
"""From the newest row on, as far as the page goes."""


def test_a_page_of_all_runs_is_read_from_its_end(database: Database) -> None:
    """`SCAN runs` above is along the key, backwards."""
    with database.reading.connect() as connection:
        plan = connection.execute(text("EXPLAIN QUERY PLAN SELECT * FROM runs ORDER BY seq DESC LIMIT 51")).fetchall()
    assert [step.detail for step in plan] == ["SCAN runs"]
