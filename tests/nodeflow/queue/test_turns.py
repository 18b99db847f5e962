"""A run's turn: claimed once, told of by its holder alone, ended once, put back, given up on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nodeflow.queue.log import Told
from nodeflow.queue.records import RunError
from nodeflow.queue.tables import Tables
from nodeflow.queue.turns import Claim
from tests.nodeflow.queue.conftest import Clock, claimed, graph, kinds, line, story, submit

MADE = {"sha256": "a" * 64, "name": "a.png", "media_type": "image/png", "size": 3}
CRASH = RunError(code="worker_died", message="its worker died", node_id="n", type="Text")


def test_a_claim_says_what_to_do(tables: Tables, clock: Clock) -> None:
    (run_id,) = submit(tables, graph=graph(a="Text"), targets=("a",))
    clock.now += 2
    claim = claimed(tables)
    assert (claim.run_id, claim.attempt, claim.targets) == (run_id, 1, ("a",))
    assert claim.graph == '{"nodeflow":1,"nodes":{"a":{"type":"Text"}}}'
    run = tables.runs.get(run_id)
    assert (run.state, run.attempt, run.started, run.position) == ("running", 1, 1_002.0, None)
    assert story(tables, run_id)[-1].data == {"attempt": 1, "worker": "worker-0"}
    assert tables.turns.claim("worker-1") is None


def test_nothing_is_claimed_while_the_queue_is_paused(tables: Tables) -> None:
    submit(tables)
    tables.requests.pause(paused=True)
    assert tables.turns.claim("worker-0") is None
    tables.requests.pause(paused=False)
    assert tables.turns.claim("worker-0") is not None


def test_what_is_told_is_written_down(tables: Tables, clock: Clock) -> None:
    (run_id,) = submit(tables, graph=graph(a="Text", b="Text", c="Text", d="Text", e="Text", f="Text"))
    claim = claimed(tables)
    assert tables.turns.record(
        claim,
        [
            Told("run_planned", None, {"targets": ["a"], "steps": 5}, 1_001.0),
            Told("node_started", "a", {"type": "Text"}, 1_001.5),
            Told("node_progress", "a", {"done": 1, "total": 4}, 1_002.0),
        ],
    )
    running = tables.runs.get(run_id).nodes[0]
    assert (running.state, running.started, running.done, running.total) == ("running", 1_001.5, 1, 4)
    assert tables.turns.record(
        claim,
        [
            Told("node_progress", "a", {"done": 3, "total": 4}, 1_003.0),
            Told("node_finished", "a", {"seconds": 2.5, "reason": "first time"}, 1_004.0),
            Told("artifact", "a", MADE, 1_004.0),
            Told("node_cached", "b", {"reason": "memory"}),
            Told("artifact", "b", MADE),
            Told("artifact", "b", MADE),
            Told("node_skipped", "c", {"reason": "nothing needs it"}),
            Told("node_started", "d", {"type": "Text"}),
            Told("node_failed", "d", {"error": "ValueError", "message": "no"}),
            Told("node_started", "e", {"type": "Text"}),
            *(Told("warning", "e", {"message": message}) for message in ("hm", "oh", "hm")),
            Told("warning", "f", {"message": "it runs every time"}),
        ],
    )
    run = tables.runs.get(run_id)
    assert [(node.node_id, node.state, node.reason) for node in run.nodes] == [
        ("a", "done", "first time"),
        ("b", "cached", "memory"),
        ("c", "skipped", "nothing needs it"),
        ("d", "failed", "ValueError: no"),
        ("e", "running", None),
        ("f", "waiting", None),
    ]
    assert [node.warnings for node in run.nodes[3:]] == [(), ("hm", "oh"), ("it runs every time",)]
    first = run.nodes[0]
    assert (first.started, first.seconds, first.done, first.total) == (1_001.5, 2.5, 3, 4)
    assert [(each.node_id, each.sha256, each.created) for each in run.artifacts] == [
        ("a", "a" * 64, 1_004.0),
        ("b", "a" * 64, 1_000.0),
    ]
    told = story(tables, run_id)
    assert [envelope.sequence for envelope in told] == list(range(1, len(told) + 1))
    assert told[4].time == 1_002.0


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_run_ends_once(tables: Tables, clock: Clock, state: Any) -> None:
    (run_id,) = submit(tables, graph=graph(a="Text", b="Text"))
    claim = claimed(tables)
    tables.turns.record(claim, [Told("node_started", "a", {"type": "Text"})])
    clock.now += 4
    error = RunError(code="node_failed", message="no", node_id="b") if state == "failed" else None
    assert tables.turns.finish(claim, state, error=error, seconds=3.5, outputs={"a": {"text": "x"}})
    for again in ("succeeded", "failed", "cancelled"):
        assert not tables.turns.finish(claim, again)
    assert not tables.turns.record(claim, [Told("warning")])
    assert not tables.turns.put_back(claim, "why not")
    assert not tables.turns.interrupted(claim, CRASH, 3)
    run = tables.runs.get(run_id)
    assert (run.state, run.error, run.seconds, run.finished) == (state, error, 3.5, 1_004.0)
    assert run.outputs == {"a": {"text": "x"}}
    assert [node.state for node in run.nodes] == ["skipped", "skipped"], "no node runs on after its run"
    assert kinds(tables, run_id)[-2:] == ["node_skipped", "run_finished"]
    assert story(tables, run_id)[-1].data == {"state": state, "seconds": 3.5, "error": "no" if error else None}


def test_an_old_claim_is_worth_nothing(tables: Tables) -> None:
    """A worker that was taken for dead cannot end the run that another one has by now."""
    (run_id,) = submit(tables)
    old = claimed(tables)
    tables.turns.record(old, [Told("node_started", "n", {"type": "Text"}), Told("artifact", "n", MADE)])
    assert tables.turns.interrupted(old, CRASH, 3)
    new = claimed(tables)
    assert (new.run_id, new.attempt) == (run_id, 2)
    assert not tables.turns.finish(old, "succeeded")
    assert not tables.turns.record(old, [Told("node_finished", "n", {})])
    run = tables.runs.get(run_id)
    assert (run.state, run.nodes[0].state, run.artifacts) == ("running", "waiting", ()), "it begins anew"
    assert tables.turns.finish(new, "succeeded")
    assert kinds(tables, run_id).count("run_finished") == 1


def test_put_back_is_where_it_was_and_was_no_attempt(tables: Tables) -> None:
    first, second = submit(tables, 2)
    for _ in range(10):
        claim = claimed(tables)
        assert claim.run_id == first
        assert tables.turns.put_back(claim, "the service stops")
    assert line(tables) == [first, second]
    run = tables.runs.get(first)
    assert (run.state, run.started, run.attempt) == ("queued", None, 10)
    assert story(tables, first)[-1].data == {"reason": "the service stops", "attempt": 10}


def test_after_the_third_death_it_has_failed(tables: Tables) -> None:
    (run_id,) = submit(tables)
    for _ in range(2):
        assert tables.turns.interrupted(claimed(tables), CRASH, 3)
        assert tables.runs.get(run_id).state == "queued"
    claim = claimed(tables)
    tables.turns.record(claim, [Told("node_started", "n", {"type": "Text"})])
    assert tables.turns.interrupted(claim, CRASH, 3)
    run = tables.runs.get(run_id)
    assert run.error is not None
    assert (run.state, run.error.code, run.error.node_id, run.error.type) == ("failed", "worker_died", "n", "Text")
    assert run.error.message == "its worker died (3 times in all; it is not tried again)"
    assert (run.nodes[0].state, run.nodes[0].reason) == ("failed", run.error.message)
    told = story(tables, run_id)
    assert [envelope.kind for envelope in told[-2:]] == ["node_failed", "run_finished"]
    assert (told[-2].node_id, told[-2].data["message"]) == ("n", run.error.message)


def test_one_that_is_being_cancelled_is_not_tried_again(tables: Tables) -> None:
    ends: list[Callable[[Claim], object]] = [
        lambda claim: tables.turns.interrupted(claim, CRASH, 3),
        lambda claim: tables.turns.put_back(claim, "the service stops"),
        lambda _: tables.turns.recover(3),
    ]
    for run_id, end in zip(submit(tables, 3), ends, strict=True):
        claim = claimed(tables)
        tables.requests.cancel(run_id)
        end(claim)
        run = tables.runs.get(run_id)
        assert (run.state, run.cancelling) == ("cancelled", False)


def test_what_ran_when_the_service_died_runs_again(tables: Tables) -> None:
    first, second, third = submit(tables, 3)
    one, _ = claimed(tables), claimed(tables)
    tables.turns.record(one, [Told("node_started", "n", {"type": "Text"})])
    assert tables.turns.recover(3) == 2
    assert tables.turns.recover(3) == 0
    assert line(tables) == [first, second, third]
    assert story(tables, first)[-1].data["reason"] == "the service ended while 'n' ran"
    assert story(tables, second)[-1].data["reason"] == "the service ended"


def test_what_ran_each_time_the_service_died_is_given_up(tables: Tables) -> None:
    (run_id,) = submit(tables)
    for _ in range(3):
        tables.turns.record(claimed(tables), [Told("node_started", "n", {"type": "Text"})])
        tables.turns.recover(3)
    run = tables.runs.get(run_id)
    assert run.error is not None
    assert (run.state, run.error.code, run.error.node_id) == ("failed", "interrupted", "n")
    assert run.error.message == "the service ended while 'n' ran (3 times in all; it is not tried again)"


def test_a_service_may_die_with_one_attempt_only(tables: Tables) -> None:
    (run_id,) = submit(tables)
    claimed(tables)
    tables.turns.recover(1)
    run = tables.runs.get(run_id)
    assert run.error is not None
    assert (run.state, run.error.message) == ("failed", "the service ended")
