"""The server's small parts: ranges, etags, batches, logs."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.api.run import Batch
from nodeflow.queue.records import Envelope
from nodeflow.server import conditional
from nodeflow.server.events import text_of
from nodeflow.server.logs import JSONLines, Text
from nodeflow.server.pages import part_of
from nodeflow.server.problems import Refusal
from nodeflow.server.ranges import read_range
from nodeflow.server.submission import combinations


@given(st.integers(0, 50), st.integers(0, 60) | st.none(), st.integers(0, 60) | st.none())
def test_a_range_is_what_slicing_gives(size: int, first: int | None, last: int | None) -> None:
    content = bytes(range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None and last is not None:
        wanted = content[max(0, size - last) :]
    else:
        wanted = content[first or 0 : None if last is None else last + 1]
    odd = (first is None and last is None) or (first is not None and last is not None and last < first)
    if odd:
        assert read_range(header, size) is None
    elif not wanted:
        with pytest.raises(Refusal):
            read_range(header, size)
    else:
        found = read_range(header, size)
        assert found is not None
        assert content[slice(*found)] == wanted


@given(st.text(max_size=40))
def test_any_header_is_a_range_or_none(header: str) -> None:
    try:
        found = read_range(header, 10)
    except Refusal:
        return
    assert found is None or 0 <= found[0] < found[1] <= 10


@given(
    st.lists(st.integers(), min_size=1, max_size=4), st.lists(st.integers(), min_size=1, max_size=4), st.integers(1, 3)
)
def test_a_batch_makes_as_many_runs_as_it_counts(product: list[int], other: list[int], rows: int) -> None:
    batch = Batch(zip={"x": list(range(rows)), "y": list(range(rows))}, product={"p": product, "q": other})
    found = list(combinations(batch))
    assert len(found) == batch.count == rows * len(product) * len(other)
    assert [(each["x"], each["p"], each["q"]) for each in found] == [
        (x, p, q) for x in range(rows) for p in product for q in other
    ]
    assert all(each["x"] == each["y"] for each in found)


@given(st.lists(st.text(max_size=5), unique=True).map(sorted), st.integers(1, 5))
def test_pages_hold_every_name_once(names: list[str], limit: int) -> None:
    found: list[str] = []
    after: str | None = None
    while True:
        part, after = part_of(names, after, limit)
        found += part
        if after is None:
            break
    assert found == names


def test_etags_are_found_among_others() -> None:
    assert conditional.names('"a", W/"b" ,"c"', "b")
    assert conditional.names(" * ", "x")
    assert not conditional.names('"abc"', "a")
    assert not conditional.names(None, "a")
    assert conditional.expected(' "a" ') == "a"


@pytest.mark.parametrize("text", ["plain", 'quo"te\n\nid: 9', "\ud800", "🙂"])
def test_no_text_of_an_event_can_look_like_another_event(text: str) -> None:
    envelope = Envelope(id=7, run_id="r", sequence=1, kind="warning", time=0.0, node_id=None, data={"message": text})
    written = text_of(envelope)
    assert written.count(b"\n") == 4
    assert written.endswith(b"\n\n")
    assert text_of(Envelope(id=None, run_id="r", sequence=None, kind="node_preview", time=0.0))[:6] == b"event:"


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("nodeflow", logging.WARNING, "", 0, message, (), None)
    made.__dict__.update(extra)
    return made


@pytest.mark.parametrize("message", ["plain", "two\nlines", "\x1b[31mred", "\ud800", 'a "quote"'])
def test_a_record_is_one_line_whatever_it_says(message: str) -> None:
    line = JSONLines().format(record(message, request="r1"))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == message
    assert json.loads(line)["request"] == "r1"
    assert Text().format(record(message, request="r1")).endswith("request=r1")
    assert Text().format(record(message)).isascii()


def test_a_traceback_is_part_of_its_record() -> None:
    made = record("a defect")
    try:
        raise ValueError("inside")
    except ValueError:
        made.exc_info = sys.exc_info()
    assert "ValueError: inside" in json.loads(JSONLines().format(made))["traceback"]
    assert "ValueError: inside" in Text().format(made)
