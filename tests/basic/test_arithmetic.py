"""Calculation held to Python's integers and fractions, and its refusals."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from nodeflow_basic import arithmetic
from nodeflow_basic.arithmetic import INTEGER, NUMBER

from nodeflow import Context

QUICK = settings(max_examples=50, deadline=None)
CTX = Context()
WHOLE = st.integers(-(2**31), 2**31)
REAL = st.floats(-1e6, 1e6)


def integers(a: int, b: int, operation: str) -> object:
    return arithmetic.integer_math(a=a, b=b, operation=operation).run(CTX)


def numbers(a: float, b: float, operation: str) -> object:
    return arithmetic.number_math(a=a, b=b, operation=operation).run(CTX)


@QUICK
@given(WHOLE, WHOLE)
def test_whole_numbers_obey_the_laws(a: int, b: int) -> None:
    assert integers(integers(a, b, "add"), b, "subtract") == a
    assert integers(a, b, "multiply") == int(Fraction(a) * Fraction(b))
    assert integers(a, b, "absolute_difference") == abs(a - b)
    assert sorted([a, b]) == [integers(a, b, "minimum"), integers(a, b, "maximum")]
    if b:
        quotient, rest = integers(a, b, "floor_divide"), integers(a, b, "remainder")
        assert quotient == math.floor(Fraction(a, b))
        assert quotient * b + rest == a


@QUICK
@given(REAL, REAL)
def test_numbers_are_those_of_fractions(a: float, b: float) -> None:
    x, y = Fraction(a), Fraction(b)
    assert numbers(a, b, "add") == float(x + y)
    assert numbers(a, b, "multiply") == pytest.approx(float(x * y))
    assert numbers(a, b, "absolute_difference") == float(abs(x - y))
    assume(abs(b) > 1e-3)
    assert numbers(a, b, "divide") == pytest.approx(float(x / y))


def test_seven_by_two() -> None:
    assert numbers(7, 2, "divide") == 3.5
    assert integers(7, 2, "floor_divide") == 3
    assert integers(-7, 2, "floor_divide") == -4
    assert "divide" not in INTEGER
    assert "floor_divide" not in NUMBER


@pytest.mark.parametrize("operation", ["floor_divide", "remainder"])
def test_whole_numbers_are_not_divided_by_zero(operation: str) -> None:
    with pytest.raises(ValueError, match=f"{operation} of 5 by 0; b must not be 0"):
        integers(5, 0, operation)


@pytest.mark.parametrize("operation", ["divide", "remainder"])
def test_numbers_are_not_divided_by_zero(operation: str) -> None:
    with pytest.raises(ValueError, match=rf"{operation} of 5\.0 by 0; b must not be 0"):
        numbers(5.0, 0.0, operation)


@pytest.mark.parametrize(
    ("a", "b", "operation", "message"),
    [
        (2, -1, "power", "b of 0 or more"),
        (2, 65, "power", r"beyond 2\^64"),
        (3, 10**9, "power", r"beyond 2\^64"),
        (2**40, 2**40, "multiply", r"beyond 2\^64"),
    ],
)
def test_whole_results_out_of_range(a: int, b: int, operation: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        integers(a, b, operation)


def test_powers() -> None:
    assert integers(2, 64, "power") == 2**64
    assert integers(-1, 10**9 + 1, "power") == -1
    assert numbers(2, 0.5, "power") == math.sqrt(2)


@pytest.mark.parametrize(
    ("a", "b", "operation"), [(-8.0, 0.5, "power"), (1e300, 1e300, "multiply"), (10.0, 400.0, "power")]
)
def test_numbers_without_a_finite_result(a: float, b: float, operation: str) -> None:
    with pytest.raises(ValueError, match="no finite real result"):
        numbers(a, b, operation)


@pytest.mark.parametrize(
    ("number", "direction", "multiple", "result"),
    [
        (2.5, "nearest", 1, 3),
        (-2.5, "nearest", 1, -3),
        (2.49, "nearest", 1, 2),
        (-0.2, "nearest", 1, 0),
        (-2.1, "down", 1, -3),
        (2.1, "up", 1, 3),
        (100.0, "nearest", 8, 104),
        (99.0, "down", 8, 96),
        (97.0, "up", 8, 104),
    ],
)
def test_rounding(number: float, direction: str, multiple: int, result: int) -> None:
    node = arithmetic.round_number(number=number, direction=direction, multiple=multiple)
    assert node.run(CTX) == result
    assert type(node.run(CTX)) is int


@QUICK
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 65536))
@example(5e-324, 2)
@example(0.49999999999999994, 1)
@example(4503599627370497.5, 1)
@example(1.7976931348623157e308, 3)
def test_rounding_ends_near(number: float, multiple: int) -> None:
    near, down, up = (
        arithmetic.round_number(number=number, direction=direction, multiple=multiple).run(CTX)
        for direction in ("nearest", "down", "up")
    )
    assert down <= number <= up
    assert near in (down, up)
    assert abs(near - Fraction(number)) <= Fraction(multiple, 2)
    assert up - down in (0, multiple)
    assert near % multiple == down % multiple == up % multiple == 0
