"""Templates held to Python's own formatting, and to what they must refuse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_basic.template import filled

QUICK = settings(max_examples=50, deadline=None)


@QUICK
@given(st.text())
def test_text_stands_as_it_is(value: str) -> None:
    assert filled("<{x}>", {"x": value}) == f"<{value}>"


@QUICK
@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_format_as_in_python(whole: int, number: float) -> None:
    assert filled("{a} {a:06d} {b:.2f}", {"a": whole, "b": number}) == f"{whole} {whole:06d} {number:.2f}"


def test_other_values_are_written_as_json() -> None:
    values = {"yes": True, "none": None, "list": [1, "é"], "number": 1.5}
    assert filled("{yes} {none} {list} {number}", values) == 'true null [1, "é"] 1.5'


def test_double_braces_are_single_ones() -> None:
    assert filled("{{{a}}} {{b}}", {"a": 1}) == "{1} {b}"


def test_an_unused_value_is_no_error() -> None:
    assert filled("plain", {"a": 1}) == "plain"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{c}", r"'\{c\}' has no value; there are values for: a, o, t"),
        ("{}", "no plain name"),
        ("{0}", "no plain name"),
        ("{a.real}", "no plain name"),
        ("{a[0]}", "no plain name"),
        ("{a!r}", "no plain name"),
        ("{a", "cannot be read"),
        ("a}", "cannot be read"),
        ("{a:9999999d}", "no format that can be used"),
        ("{a:{t}}", "no format that can be used"),
        ("{t:.2f}", "does not fit the value 'text'"),
        ("{o}", "stands for a object, which has no text form"),
        ("{o:d}", "a format is for numbers and text"),
    ],
)
def test_refuses_with_a_reason(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filled(template, {"a": 1, "t": "text", "o": object()})
