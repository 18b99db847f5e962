"""Cursors: what goes in comes out, and nothing else does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.queue.cursor import cursor, read_cursor


@given(number=st.integers(-(2**63), 2**63), real=st.floats(allow_nan=False, allow_infinity=False), text=st.text())
def test_round_trip(number: int, real: float, text: str) -> None:
    made = cursor(number, real, text)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", made)
    assert read_cursor(made, int, float, str) == [number, real, text]


@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_=-]*", fullmatch=True))
def test_nothing_else_is_read(text: str) -> None:
    try:
        keys = read_cursor(text, int)
    except ValueError:
        return
    assert cursor(*keys) == text


def test_of_another_list() -> None:
    with pytest.raises(ValueError, match="is not where a page"):
        read_cursor(cursor("name"), int)
    with pytest.raises(ValueError, match="is not where a page"):
        read_cursor(cursor(1, 2), int)
    with pytest.raises(ValueError, match="is not where a page"):
        read_cursor(cursor(True), int)
