"""What people ask of runs: cancel, retry, delete, clear, move, pause."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from nodeflow.queue.errors import Conflict, NotFound
from nodeflow.queue.log import Told
from nodeflow.queue.schema import metadata
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import claimed, graph, kinds, line, new, story, submit


def test_cancelling_one_that_waits_ends_it(tables: Tables) -> None:
    first, second = submit(tables, 2)
    run = tables.requests.cancel(first)
    assert (run.state, run.cancelling, run.position, run.seconds) == ("cancelled", False, None, None)
    assert line(tables) == [second]
    assert kinds(tables, first) == ["run_queued", "run_finished"]
    assert [envelope.sequence for envelope in story(tables, first)] == [1, 2]
    assert tables.runs.get(first).last_event == story(tables, first)[-1].id


def test_cancelling_one_that_runs_is_told_once(tables: Tables) -> None:
    (run_id,) = submit(tables)
    claimed(tables)
    for _ in range(3):
        run = tables.requests.cancel(run_id)
        assert (run.state, run.cancelling) == ("running", True)
    assert kinds(tables, run_id).count("run_cancelling") == 1


def test_cancelling_one_that_has_ended_changes_nothing(tables: Tables) -> None:
    (run_id,) = submit(tables)
    tables.turns.finish(claimed(tables), "succeeded")
    before = tables.runs.get(run_id)
    assert tables.requests.cancel(run_id).state == "succeeded"
    assert tables.runs.get(run_id) == before


def test_cancelling_all_or_some(tables: Tables) -> None:
    (running,) = submit(tables, tags=("t",))
    claimed(tables)
    plain, tagged, batch = submit(tables)[0], submit(tables, tags=("t",))[0], submit(tables, batch="b")[0]
    assert tables.requests.cancel_all(tag="t") == 2
    assert (tables.runs.summary(running).cancelling, tables.runs.summary(tagged).state) == (True, "cancelled")
    assert tables.requests.cancel_all(batch="b") == 1
    assert line(tables) == [plain]
    assert tables.requests.cancel_all() == 2
    assert tables.requests.cancel_all(tag="nothing") == 0
    assert tables.runs.summary(batch).state == "cancelled"


def test_a_retry_is_a_new_run_of_the_same(tables: Tables) -> None:
    (old,) = submit(
        tables,
        graph=graph(a="Blur"),
        targets=("a",),
        priority=4,
        tags=("t",),
        name="g",
        batch="b",
        webhook="https://e.org",
    )
    for state in ("queued", "running"):
        with pytest.raises(Conflict, match=f"the run '{old}' is {state}; only one that has ended can be tried again"):
            tables.requests.retry(old)
        if state == "queued":
            claim = claimed(tables)
    tables.turns.finish(claim, "failed")
    made = tables.runs.get(tables.requests.retry(old).id)
    before = tables.runs.get(old)
    assert (made.state, made.retry_of, made.attempt) == ("queued", old, 0)
    for field in ("graph", "targets", "priority", "tags", "name", "batch", "webhook"):
        assert getattr(made, field) == getattr(before, field)
    assert before.state == "failed"


def test_what_is_deleted_leaves_nothing_behind(tables: Tables) -> None:
    (kept, gone) = submit(tables, 2, tags=("t", "u"))
    for run_id in (kept, gone):
        claim = claimed(tables)
        made = {"sha256": "a" * 64, "name": "a", "media_type": "b", "size": 1}
        tables.turns.record(claim, [Told("node_started", "n", {"type": "Text"}), Told("artifact", "n", made)])
        if run_id == gone:
            with pytest.raises(Conflict, match="is running; cancel it"):
                tables.requests.delete(gone)
        tables.turns.finish(claim, "succeeded")
    before = rows(tables)
    tables.requests.delete(gone)
    after = rows(tables)
    assert before["events"] - after["events"] == before["events"] // 2 - 1
    for table in ("runs", "documents", "run_tags", "nodes", "artifacts"):
        assert after[table] * 2 == before[table], table
    with pytest.raises(NotFound):
        tables.runs.get(gone)
    with pytest.raises(NotFound):
        tables.requests.delete(gone)
    last = tables.log.after(0, limit=100)[-1]
    assert (last.kind, last.run_id, last.data) == ("run_deleted", gone, {"run_id": gone, "state": "succeeded"})
    assert tables.log.told[-1] == last
    assert tables.runs.get(kept).state == "succeeded"


def rows(tables: Tables) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: tables.connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def test_clearing(tables: Tables) -> None:
    submit(tables, 5)
    claims = [claimed(tables) for _ in range(3)]
    tables.turns.finish(claims[0], "succeeded")
    tables.turns.finish(claims[1], "failed")
    assert tables.requests.clear(["succeeded", "cancelled"]) == 1
    assert tables.requests.clear(["queued"]) == 2
    assert tables.requests.clear([]) == 0
    assert [run.state for run in tables.runs.page().items] == ["running", "failed"]
    assert [envelope.kind for envelope in tables.log.told].count("run_deleted") == 3
    for wrong in (["running"], ["lost", "failed"]):
        with pytest.raises(
            ValueError, match=f"'{wrong[0]}' cannot be cleared; there are queued, succeeded, failed, cancelled"
        ):
            tables.requests.clear(wrong)


def test_pausing_is_told_when_it_changes_something(tables: Tables) -> None:
    assert not tables.requests.paused
    for paused in (True, True, False, False):
        tables.requests.pause(paused=paused)
        assert tables.requests.paused == paused
    assert [(envelope.run_id, envelope.sequence, envelope.data) for envelope in tables.log.told] == [
        (None, None, {"paused": True}),
        (None, None, {"paused": False}),
    ]


@pytest.mark.parametrize(
    ("place", "anchor", "order"),
    [
        ("first", None, "dabce"),
        ("last", None, "abced"),
        ("before", "b", "adbce"),
        ("after", "b", "abdce"),
        ("after", "e", "abced"),
        ("before", "d", "abcde"),
        ("after", "c", "abcde"),
    ],
)
def test_moving(tables: Tables, place: Any, anchor: str | None, order: str) -> None:
    ids = dict(zip("abcde", submit(tables, 5), strict=True))
    run = tables.requests.move(ids["d"], place, None if anchor is None else ids[anchor])
    assert line(tables) == [ids[letter] for letter in order]
    assert run.position == order.index("d") + 1
    assert story(tables, ids["d"])[-1].kind == ("run_moved" if anchor != "d" else "run_queued")


def test_moving_takes_over_the_priority(tables: Tables) -> None:
    low, high = submit(tables, priority=1)[0], submit(tables, priority=5)[0]
    (new_one,) = submit(tables, priority=3)
    assert tables.requests.move(new_one, "first").priority == 5
    assert tables.requests.move(new_one, "after", low).priority == 1
    assert tables.requests.move(new_one, "last").priority == 1
    assert tables.requests.move(high, "last").priority == 1
    assert line(tables) == [low, new_one, high]
    assert line(tables)[-1:] + submit(tables, priority=1) == line(tables)[-2:]


def test_what_cannot_be_moved(tables: Tables) -> None:
    running, waiting = submit(tables, 2)
    claimed(tables)
    with pytest.raises(Conflict, match="is running; only one that is queued has a place in the queue"):
        tables.requests.move(running, "first")
    with pytest.raises(Conflict, match=f"'{running}' is running"):
        tables.requests.move(waiting, "after", running)
    with pytest.raises(NotFound, match="no run 'nobody'"):
        tables.requests.move(waiting, "before", "nobody")
    with pytest.raises(ValueError, match="'before' needs a run to be moved to"):
        tables.requests.move(waiting, "before")
    with pytest.raises(ValueError, match="'last' takes no run to be moved to"):
        tables.requests.move(waiting, "last", running)
    assert tables.requests.move(waiting, "first").position == 1, "alone in the queue"


PLACES = ["first", "last", "before", "after"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("move"), st.sampled_from(PLACES), st.integers(0, 99), st.integers(0, 99)),
        st.tuples(st.just("claim")),
        st.tuples(st.just("back"), st.integers(0, 99)),
        st.tuples(st.just("cancel"), st.integers(0, 99)),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_the_queue_is_a_list(scratch: Any, steps: list[Any]) -> None:
    """Whatever is done to it, the queue is in the order of a plain Python list that the same was done to."""
    with scratch() as tables:
        model: list[tuple[int, str]] = []
        running: list[Any] = []
        for step in steps:
            match step:
                case ("submit", priority, count):
                    for run_id in submit(tables, count, priority=priority):
                        place = sum(other >= priority for other, _ in model)
                        model.insert(place, (priority, run_id))
                case ("move", place, which, to) if model:
                    moved = model[which % len(model)]
                    anchor = model[to % len(model)] if place in ("before", "after") else None
                    tables.requests.move(moved[1], place, anchor and anchor[1])
                    move(model, moved, place, anchor)
                case ("claim",) if model:
                    claim = claimed(tables)
                    assert claim.run_id == model.pop(0)[1]
                    running.append(claim)
                case ("back", which) if running:
                    claim = running.pop(which % len(running))
                    priority = tables.runs.summary(claim.run_id).priority
                    tables.turns.put_back(claim, "for the test")
                    # Where it was is a matter of those that were there; only its priority is certain here.
                    order = line(tables)
                    model.insert(order.index(claim.run_id), (priority, claim.run_id))
                case ("cancel", which) if model:
                    tables.requests.cancel(model.pop(which % len(model))[1])
            assert line(tables) == [run_id for _, run_id in model]
            assert [priority for priority, _ in model] == sorted((priority for priority, _ in model), reverse=True)


def move(model: list[tuple[int, str]], moved: tuple[int, str], place: str, anchor: tuple[int, str] | None) -> None:
    """The same with a list."""
    if anchor == moved:
        return
    others = [each for each in model if each != moved]
    if anchor is not None:
        index, priority = others.index(anchor) + (place == "after"), anchor[0]
    else:
        index = 0 if place == "first" else len(others)
        priority = model[0 if place == "first" else -1][0]
    others.insert(index, (priority, moved[1]))
    model[:] = others


def test_moving_many_times_wears_nothing_out(tables: Tables) -> None:
    """A thousand times between the same two: with halved distances there would be no place left."""
    first, second, *others = submit(tables, 4)
    for number in range(1_000):
        tables.requests.move(others[number % 2], "after", first)
    assert line(tables) == [first, others[1], others[0], second]
    tables.requests.move(second, "last")
    assert line(tables)[-1:] == [second]
    assert line(tables) + [run.id for run in tables.runs.submit([new()])] == line(tables)
