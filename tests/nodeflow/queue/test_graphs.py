"""Saved graphs: nobody overwrites what he has not read."""

from __future__ import annotations

import pytest

from nodeflow.queue.errors import NotFound, PreconditionFailed
from nodeflow.queue.graphs import etag
from nodeflow.queue.tables import Tables
from tests.nodeflow.queue.conftest import Clock, graph


def test_saving_and_reading(tables: Tables, clock: Clock) -> None:
    made = tables.graphs.put("blur", graph(), expected=None)
    assert (made.name, made.document, made.created, made.updated) == ("blur", graph(), 1_000.0, 1_000.0)
    assert tables.graphs.get("blur") == made
    clock.now += 5
    changed = tables.graphs.put("blur", graph(a="Blur"), expected=made.etag)
    assert (changed.created, changed.updated) == (1_000.0, 1_005.0)
    assert changed.etag != made.etag
    assert tables.graphs.get("blur") == changed


def test_of_two_who_have_read_the_same_the_second_is_told(tables: Tables) -> None:
    read = tables.graphs.put("blur", graph(), expected=None).etag
    mine = tables.graphs.put("blur", graph(a="Mine"), expected=read)
    with pytest.raises(PreconditionFailed, match="it was changed, read it again") as told:
        tables.graphs.put("blur", graph(a="Yours"), expected=read)
    assert (told.value.expected, told.value.etag) == (read, mine.etag)
    with pytest.raises(PreconditionFailed):
        tables.graphs.delete("blur", expected=read)
    assert tables.graphs.get("blur").document == graph(a="Mine")


def test_a_new_one_takes_no_name_that_is_taken(tables: Tables) -> None:
    made = tables.graphs.put("blur", graph(), expected=None)
    with pytest.raises(PreconditionFailed, match=f"the graph 'blur' is there already, with the etag '{made.etag}'"):
        tables.graphs.put("blur", graph(), expected=None)


def test_changing_what_is_not_there(tables: Tables) -> None:
    with pytest.raises(PreconditionFailed, match="there is no graph 'blur' with the etag 'abc'") as told:
        tables.graphs.put("blur", graph(), expected="abc")
    assert told.value.etag is None
    for missing in (lambda: tables.graphs.get("blur"), lambda: tables.graphs.delete("blur", expected="*")):
        with pytest.raises(NotFound, match="no graph 'blur'"):
            missing()


def test_any_means_any(tables: Tables) -> None:
    tables.graphs.put("blur", graph(), expected="*")
    tables.graphs.put("blur", graph(a="Blur"), expected="*")
    tables.graphs.delete("blur", expected="*")
    with pytest.raises(NotFound):
        tables.graphs.get("blur")


def test_the_etag_is_that_of_the_content() -> None:
    assert etag({"a": 1, "b": [2]}) == etag({"b": [2], "a": 1})
    assert len({etag({"a": value}) for value in (1, 1.5, "1", True, None, [1], {"1": 1})}) == 7


def test_pages_by_name(tables: Tables) -> None:
    names = ["Zebra", "apple", "a" * 200, "ärger", "x/../y"]
    for name in names:
        tables.graphs.put(name, graph(), expected=None)
    after, seen = None, []
    while True:
        page = tables.graphs.page(after=after, limit=2)
        seen += [each.name for each in page.items]
        if (after := page.next) is None:
            break
    assert seen == sorted(names)
    with pytest.raises(ValueError, match="is not where a page"):
        tables.graphs.page(after="WzFd")
