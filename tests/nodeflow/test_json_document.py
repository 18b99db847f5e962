"""Strict JSON: one meaning or none."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow import json_document
from nodeflow.problems import Problems

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def problems_of(text: str | bytes, **options: Any) -> list[tuple[str, str]]:
    problems = Problems()
    json_document.read(text, problems, **options)
    return [(problem.code, problem.pointer) for problem in problems]


def problems_in(value: Any) -> list[tuple[str, str]]:
    problems = Problems()
    json_document.check(value, problems)
    return [(problem.code, problem.pointer) for problem in problems]


@given(JSON)
def test_it_reads_what_the_standard_library_writes(value: Any) -> None:
    problems = Problems()
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False).encode()):
        assert repr(json_document.read(text, problems)) == repr(value)
    assert len(problems) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "b": {"x": 1, "x": 2, "x": 3}, "b/c": [{"~": 1, "~": 1}]}',
         {("duplicate_key", "/b/x"), ("duplicate_key", "/b~1c/0/~0")}),
        ('{"a": NaN, "b": [1, -Infinity]}', {("not_finite", "/a"), ("not_finite", "/b/1")}),
        ('{"a": 1e999}', {("not_finite", "/a")}),
        ('{"a": "\\ud800", "\\udfff": 1}', {("not_json", "/a"), ("not_json", "")}),
        ("[" * 200 + "]" * 200, {("too_large", "/0" * 100)}),
        ("[" * 500_000, {("too_large", "")}),
        ("1" * 400, {("too_large", "")}),
        ("1" * 5000, {("too_large", "")}),
        ("", {("not_json", "")}),
        ("{", {("not_json", "")}),
        ("{} {}", {("not_json", "")}),
        ("\ufeff{}", {("not_json", "")}),
        (b"\xff\xff", {("not_json", "")}),
    ],
)  # fmt: skip
def test_what_has_no_one_meaning_is_refused(text: str | bytes, found: set[tuple[str, str]]) -> None:
    assert set(problems_of(text)) == found


def test_size_is_checked_before_reading() -> None:
    assert problems_of("[" + " " * 100 + "]", max_bytes=50) == [("too_large", "")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": (1, 2)}, [("not_json", "/a")]),
        ({"a": {1: 2}}, [("not_json", "/a")]),
        ({"a": [b"x", {1}]}, [("not_json", "/a/1"), ("not_json", "/a/0")]),
        ({"a": math.inf}, [("not_finite", "/a")]),
        (type("Word", (str,), {})("x"), [("not_json", "")]),
        (1 << 2000, [("too_large", "")]),
    ],
)
def test_python_values_that_are_no_json(value: Any, found: list[tuple[str, str]]) -> None:
    assert problems_in(value) == found


def test_a_list_that_holds_itself() -> None:
    value: list[Any] = []
    value.append(value)
    assert problems_in(value) == [("too_large", "/0" * 100)]
