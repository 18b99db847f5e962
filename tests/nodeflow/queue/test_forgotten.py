"""Files of deleted runs: known for a time, unneeded in the end unless something names them."""

from __future__ import annotations

import pytest

from nodeflow.queue.errors import NotFound
from nodeflow.queue.log import Told
from nodeflow.queue.records import FileRecord, RunError
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import Clock, claimed, graph, submit

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64
LATER = 10_000.0


def told(digest: str) -> Told:
    return Told("artifact", "n", {"sha256": digest, "name": f"{digest[0]}.txt", "media_type": "text/plain", "size": 3})


def made(tables: Tables, *digests: str, **given: str) -> str:
    (run_id,) = submit(tables)
    outputs = {"n": given} if given else None
    tables.turns.finish(claimed(tables), "succeeded", told=[told(digest) for digest in digests], outputs=outputs)
    return run_id


def test_a_file_is_still_known_when_its_run_is_not(tables: Tables) -> None:
    tables.requests.delete(made(tables, ONE))
    assert tables.files.get(ONE) == FileRecord(sha256=ONE, name="1.txt", media_type="text/plain", size=3)
    assert tables.files.artifacts().items == ()
    tables.forgotten.settle([ONE], [])
    with pytest.raises(NotFound):
        tables.files.get(ONE)


def test_what_is_unneeded_after_its_time(tables: Tables, clock: Clock) -> None:
    tables.requests.delete(made(tables, ONE))
    clock.now = 2_000.0
    made(tables, TWO)
    tables.requests.clear(["succeeded"])
    assert tables.forgotten.unneeded(before=1_000.0) == ([], [])
    assert tables.forgotten.unneeded(before=1_500.0) == ([ONE], [])
    assert tables.forgotten.unneeded(before=LATER) == ([ONE, TWO], [])


@pytest.mark.parametrize("by", ["a run", "an upload", "an output", "a graph to run", "a saved graph"])
def test_what_something_names_is_needed(tables: Tables, clock: Clock, by: str) -> None:
    tables.requests.delete(made(tables, ONE, TWO))
    document = graph() | {"meta": {"image": f"sha256:{ONE}"}}
    match by:
        case "a run":
            made(tables, ONE)
        case "an upload":
            tables.files.register(FileRecord(sha256=ONE, name="1.txt", media_type="text/plain", size=3))
        case "an output":
            made(tables, file=ONE)
        case "a graph to run":
            submit(tables, graph=document)
        case "a saved graph":
            tables.graphs.put("g", document, expected=None)
    unneeded, named = tables.forgotten.unneeded(before=LATER)
    assert (unneeded, named) == ([TWO], [ONE])
    clock.now = LATER
    tables.forgotten.settle(unneeded, named)
    assert tables.forgotten.unneeded(before=LATER) == ([], []), "it waits as long again, or is known otherwise"


def test_what_an_attempt_has_made_is_not_lost_to_the_next(tables: Tables) -> None:
    """The second one may fail before it makes the file again."""
    submit(tables)
    claim = claimed(tables)
    tables.turns.record(claim, [told(THREE)])
    tables.turns.interrupted(claim, RunError(code="worker_died", message="died"), limit=3)
    tables.turns.finish(claimed(tables), "failed", error=RunError(code="internal", message="no"))
    assert tables.files.get(THREE).name == "3.txt"
    assert tables.forgotten.unneeded(before=LATER) == ([THREE], [])


def test_a_file_that_many_runs_have_made_is_noted_once(tables: Tables, clock: Clock) -> None:
    for now in (1_000.0, 3_000.0):
        clock.now = now
        made(tables, ONE)
    tables.requests.clear(["succeeded"])
    assert tables.forgotten.unneeded(before=2_000.0) == ([], [])
    assert tables.forgotten.unneeded(before=LATER) == ([ONE], [])
