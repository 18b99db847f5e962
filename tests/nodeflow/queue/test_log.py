"""The event log: numbered without gaps in a run, growing over all, read again from anywhere, bounded."""

from __future__ import annotations

from nodeflow.queue.log import CHUNK, Told
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import Clock, story, submit


def test_numbers_of_runs_and_of_all(tables: Tables, clock: Clock) -> None:
    one, two = submit(tables, 2)
    seqs = [tables.runs.row(run_id).seq for run_id in (one, two)]
    for number in range(6):
        clock.now += 1
        tables.log.append(seqs[number % 2], [Told("warning", "n", {"number": number})] * (number + 1))
    everything = tables.log.after(0, limit=1_000)
    assert everything == tables.log.told
    assert [each.id for each in everything] == sorted({each.id for each in everything if each.id is not None})
    assert [each.sequence for each in story(tables, one)] == list(range(1, 1 + 1 + 1 + 3 + 5))
    assert [each.sequence for each in story(tables, two)] == list(range(1, 1 + 1 + 2 + 4 + 6))
    assert {each.time for each in story(tables, two)} == {1_000, 1_002, 1_004, 1_006}
    assert tables.log.last() == everything[-1].id


def test_reading_on_from_anywhere(tables: Tables) -> None:
    one, two = submit(tables, 2)
    tables.log.append(tables.runs.row(one).seq, [Told("warning")] * 7)
    everything = tables.log.after(0)
    for place, envelope in enumerate(everything):
        assert envelope.id is not None
        assert tables.log.after(envelope.id) == everything[place + 1 :]
        assert tables.log.after(envelope.id, limit=2) == everything[place + 1 : place + 3]
        mine = [each for each in everything[place + 1 :] if each.run_id == two]
        assert tables.log.after(envelope.id, run_id=two) == mine
    assert tables.log.after(10**9) == []
    assert tables.log.after(0, run_id="nobody") == []


def test_what_is_told_of_nobody_is_nothing(tables: Tables) -> None:
    tables.log.append(None, [])
    assert tables.log.told == []


def test_an_envelope_as_text(tables: Tables) -> None:
    (run_id,) = submit(tables, name='a "name"\n')
    (envelope,) = story(tables, run_id)
    assert "\n" not in envelope.text
    assert envelope.text is envelope.text
    assert envelope.text.startswith('{"id":1,"run_id":"')
    assert envelope.dump()["data"]["name"] == 'a "name"\n'


def test_the_oldest_are_forgotten_when_there_are_too_many(tables: Tables) -> None:
    ids = submit(tables, 3 * CHUNK + 10)
    forgotten = 0
    while tables.log.forget(keep=CHUNK, older_than=0):
        forgotten += 1
    assert forgotten == 2
    left = tables.log.after(0, limit=10_000)
    assert len(left) == CHUNK + 10
    assert left[-1].run_id == ids[-1]
    submit(tables)
    assert tables.log.last() == 3 * CHUNK + 11, "no number is given out twice"


def test_the_oldest_are_forgotten_when_they_are_too_old(tables: Tables, clock: Clock) -> None:
    submit(tables, CHUNK)
    clock.now += 100
    submit(tables, CHUNK)
    assert not tables.log.forget(keep=10**9, older_than=1_000.0)
    assert tables.log.forget(keep=10**9, older_than=1_050.0)
    assert not tables.log.forget(keep=10**9, older_than=1_050.0)
    assert {each.time for each in tables.log.after(0, limit=10_000)} == {1_100.0}


def test_an_empty_log_has_nothing_to_forget(tables: Tables) -> None:
    assert not tables.log.forget(keep=0, older_than=10**12)
    assert tables.log.last() == 0
