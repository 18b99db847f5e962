"""Runs: accepted in order, read back whole, listed page by page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import NewRun, NodeState, RunSummary
from nodeflow.queue.schema import runs
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import Clock, claimed, graph, kinds, line, new, story, submit


def test_what_was_submitted_is_read_back(tables: Tables, clock: Clock) -> None:
    document = {
        **graph(a="Text", b="acme/Blur"),
        "inputs": {"text": "a.value"},
        "meta": {"ünïcode": [1, 2.5, None, "\u2028"]},
    }
    (made,) = tables.runs.submit(
        [
            NewRun(
                graph=document,
                targets=("b",),
                priority=3,
                tags=("x", "y", "x"),
                traits={"seed": 2**64, "who": "ü"},
                name="blurred",
                batch="b1",
                webhook="https://example.org/",
            )
        ]
    )
    clock.now += 5
    run = tables.runs.get(made.id)
    assert run.graph == document
    assert (run.targets, run.priority, run.tags, run.name, run.batch) == (("b",), 3, ("x", "y"), "blurred", "b1")
    assert run.traits == {"seed": 2**64, "who": "ü"}
    assert (run.webhook, run.state, run.position, run.attempt) == ("https://example.org/", "queued", 1, 0)
    assert (run.created, run.started, run.finished, run.seconds, run.error) == (1_000.0, None, None, None, None)
    assert run.nodes == (
        NodeState(node_id="a", type="Text", state="waiting"),
        NodeState(node_id="b", type="acme/Blur", state="waiting"),
    )
    assert (run.artifacts, run.outputs, run.cancelling, run.ended) == ((), {}, False, False)
    (envelope,) = story(tables, made.id)
    assert envelope.id == run.last_event
    assert (envelope.kind, envelope.sequence, envelope.time) == ("run_queued", 1, 1_000.0)
    assert envelope.data == {"priority": 3, "name": "blurred", "batch": "b1", "retry_of": None}
    assert tables.log.told == [envelope]


def test_what_submitting_answers_is_what_is_there(tables: Tables) -> None:
    made = tables.runs.submit([new(tags=("a",)), new(priority=1)])
    assert [tables.runs.known([run.id])[0] for run in made] == list(made)


def test_a_run_of_a_time_without_traits_has_none(tables: Tables) -> None:
    (run_id,) = submit(tables, traits={"seed": 1})
    assert tables.runs.summary(run_id).traits == {"seed": 1}
    tables.connection.execute(update(runs).values(traits=None))
    assert tables.runs.summary(run_id).traits == {}


def test_ids_do_not_tell_of_each_other(tables: Tables) -> None:
    ids = submit(tables, 100)
    assert len({run_id[:6] for run_id in ids}) > 90
    assert all(len(run_id) == 32 and run_id.isalnum() for run_id in ids)


def test_no_runs_are_no_runs(tables: Tables) -> None:
    assert tables.runs.submit([]) == ()
    assert tables.log.told == []
    assert tables.runs.page().items == ()
    assert tables.runs.page(order="queue").items == ()


def test_an_unknown_run_is_told_apart_from_one_that_waits(tables: Tables) -> None:
    for read in (tables.runs.get, tables.runs.summary):
        with pytest.raises(NotFound, match="no run 'nobody'"):
            read("nobody")


def test_higher_priority_goes_first_then_who_came_first(tables: Tables) -> None:
    low, middle, high, late = (submit(tables, priority=priority)[0] for priority in (-5, 0, 7, 0))
    assert line(tables) == [high, middle, late, low]
    assert [tables.runs.get(run_id).position for run_id in (high, middle, late, low)] == [1, 2, 3, 4]
    assert [claimed(tables).run_id for _ in range(4)] == [high, middle, late, low]


def test_positions_in_pages_of_the_queue(tables: Tables) -> None:
    for priority in (0, 2, 1):
        submit(tables, 5, priority=priority, tags=("even" if priority != 1 else "odd",))
    expected = line(tables)
    for tag in (None, "even", "odd"):
        after, seen, places = None, [], []
        while True:
            page = tables.runs.page(order="queue", tag=tag, after=after, limit=4)
            seen += [run.id for run in page.items]
            places += [run.position for run in page.items]
            if (after := page.next) is None:
                break
        wanted = [run_id for run_id in expected if tag is None or tag in tables.runs.get(run_id).tags]
        assert seen == wanted
        assert places == [expected.index(run_id) + 1 for run_id in wanted]


@settings(max_examples=20, deadline=None)
@given(limit=st.integers(1, 13), count=st.integers(0, 30))
def test_pages_show_each_run_once_the_newest_first(scratch: Any, limit: int, count: int) -> None:
    with scratch() as tables:
        ids = submit(tables, count)
        after, seen = None, []
        while True:
            page = tables.runs.page(after=after, limit=limit)
            assert len(page.items) <= limit
            seen += [run.id for run in page.items]
            if (after := page.next) is None:
                break
        assert seen == ids[::-1]


def test_new_runs_do_not_shift_the_pages(tables: Tables) -> None:
    ids = submit(tables, 6)
    first = tables.runs.page(limit=3)
    submit(tables, 10)
    second = tables.runs.page(after=first.next, limit=3)
    assert [run.id for run in (*first.items, *second.items)] == ids[::-1]


def test_lists_of_a_state_a_tag_a_batch(tables: Tables) -> None:
    plain, tagged, both = (
        submit(tables, tags=()),
        submit(tables, tags=("t",)),
        submit(tables, tags=("t", "u"), batch="b"),
    )
    claimed(tables)

    def ids(**filters: Any) -> list[str]:
        return [run.id for run in tables.runs.page(**filters).items]

    assert ids(state="running") == plain
    assert ids(state="queued") == both + tagged
    assert ids(tag="t") == both + tagged
    assert ids(tag="u") == ids(batch="b") == ids(tag="u", batch="b", state="queued") == both
    assert ids(tag="t' OR 1=1 --") == ids(batch="x") == ids(tag="u", state="running") == []
    assert tables.runs.counts() == {"queued": 2, "running": 1}


@pytest.mark.parametrize(
    "after", ["", "x", "!", "W10", "WzFd" + "=", "WyIxIl0", "W3RydWVd", "é", "WzFd\n", "A" * 5_000]
)
@pytest.mark.parametrize("order", ["newest", "queue"])
def test_a_cursor_that_no_page_gave_is_refused(tables: Tables, after: str, order: Any) -> None:
    with pytest.raises(ValueError, match="is not where a page of this list ended"):
        tables.runs.page(after=after, order=order)


def test_the_newest_of_all_deleted_gives_its_number_to_nobody(tables: Tables) -> None:
    """Otherwise a cursor, or an event that is on its way, would mean another run."""
    (first,) = submit(tables)
    number = tables.runs.row(first).seq
    tables.requests.delete(first)
    (second,) = submit(tables)
    assert tables.runs.row(second).seq > number


def test_five_thousand_at_once(tables: Tables) -> None:
    ids = submit(tables, 5_000)
    assert line(tables) == ids[:500]
    assert tables.runs.get(ids[-1]).position == 5_000
    assert tables.requests.cancel_all() == 5_000
    assert tables.runs.counts() == {"queued": 0, "running": 0}
    assert kinds(tables, ids[2_500]) == ["run_queued", "run_finished"]


def test_a_summary_is_what_a_page_shows(tables: Tables) -> None:
    (run_id,) = submit(tables)
    claimed(tables)
    (shown,) = tables.runs.page().items
    assert type(shown) is RunSummary
    assert shown == tables.runs.summary(run_id)
