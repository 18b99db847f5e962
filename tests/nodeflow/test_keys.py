"""Canonical encoding: different values never share bytes, equal values always do."""

import math
import struct
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nodeflow.keys import canonical

TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
    | st.sampled_from(["", "1", "1.0", "true", "null", "[]", "{}", '"', "\\", ",", "\x00", "\ud83d", "😀"])
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def tagged(value: Any) -> Any:
    """An independent notion of sameness: types apart, floats by their bits, objects without order."""
    if isinstance(value, float):
        return ("float", struct.pack(">d", value))
    if isinstance(value, list):
        return ("list", tuple(tagged(item) for item in value))
    if isinstance(value, dict):
        return ("dict", frozenset((name, tagged(item)) for name, item in value.items()))
    return (type(value).__name__, value)


LOOKALIKES: list[Any] = [
    None, False, True, 0, 1, 0.0, -0.0, 1.0, "", "0", "1", "1.0", "true", "null", [], {}, [[]], [{}], {"": []},
    {"0": 1}, [1], [1.0], [True], ["1"], [1, 1], [[1], 1], [[1, 1]], {"a": 1}, {"a": 1.0}, {"a": {"b": 1}},
    {"a": 1, "b": 1},
    ["a", 1], 10**16, 1e16, 2**63, float(2**63), 5e-324, "\ud83d\ude00", "😀", [None], {"a": None}, '","', ["", ""],
]  # fmt: skip


def test_lookalikes_differ() -> None:
    for left, right in combinations(LOOKALIKES, 2):
        assert canonical(left) != canonical(right), (left, right)


@given(left=JSON, right=JSON)
@example(left={"a": 1, "b": [2]}, right={"b": [2], "a": 1})
@example(left=0.1 + 0.2, right=0.3)
def test_encoding_is_injective(left: Any, right: Any) -> None:
    assert (canonical(left) == canonical(right)) == (tagged(left) == tagged(right))


@given(JSON)
def test_encoding_is_injective_inside_lists_and_objects(value: Any) -> None:
    forms = [value, [value], {"": value}, [value, value], [[value]], {"": [value]}]
    assert len({canonical(form) for form in forms}) == len(forms)


@given(st.dictionaries(TEXT, SCALARS, min_size=2, max_size=5))
def test_order_of_names_is_nothing(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf], {"a": math.nan}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object()])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)
