"""Python values as JSON: nothing changed but tuples and enums, nothing shared."""

from __future__ import annotations

import json
from enum import Enum, IntEnum, StrEnum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodeflow import json_document
from nodeflow.builder.plain import plain
from nodeflow.problems import Problems

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Word(StrEnum):
    YES = "yes"


class Level(IntEnum):
    LOW = 1


class Pair(Enum):
    BOTH = (1, 2)


def with_tuples(value: Any) -> Any:
    """The same with every list a tuple."""
    if isinstance(value, dict):
        return {name: with_tuples(item) for name, item in value.items()}
    return tuple(map(with_tuples, value)) if isinstance(value, list) else value


@given(JSON)
def test_json_stays_as_it_is(value: Any) -> None:
    assert json.dumps(plain(value)) == json.dumps(value)
    assert json.dumps(plain(with_tuples(value))) == json.dumps(value)


def test_members_of_enums_are_their_values() -> None:
    found = plain({"a": Word.YES, "b": [Level.LOW], "c": Pair.BOTH})
    assert found == {"a": "yes", "b": [1], "c": [1, 2]}
    assert (type(found["a"]), type(found["b"][0])) == (str, int)


def test_nothing_is_shared() -> None:
    value: dict[str, Any] = {"a": [{"b": 1}]}
    found = plain(value)
    value["a"][0]["b"] = 2
    value["a"].append(3)
    assert found == {"a": [{"b": 1}]}


def test_what_has_no_end_is_left_to_be_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    problems = Problems()
    json_document.check(plain(endless), problems)
    assert {problem.code for problem in problems} == {"too_large"}
