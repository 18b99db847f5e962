"""Nodes that calculate: whole numbers stay whole, numbers are never cut to whole ones unasked."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Literal

from nodeflow import Field, node

CATEGORY = "math"

LARGEST = 2**64
LARGEST_POWER = 64

IntegerOperation = Literal[
    "add", "subtract", "multiply", "floor_divide", "remainder", "power", "minimum", "maximum", "absolute_difference"
]
NumberOperation = Literal[
    "add", "subtract", "multiply", "divide", "remainder", "power", "minimum", "maximum", "absolute_difference"
]
INTEGER: dict[IntegerOperation, Callable[[int, int], int]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "power": operator.pow,
    "minimum": min,
    "maximum": max,
    "absolute_difference": lambda a, b: abs(a - b),
}
NUMBER: dict[NumberOperation, Callable[[float, float], float]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": operator.mod,
    "power": math.pow,
    "minimum": min,
    "maximum": max,
    "absolute_difference": lambda a, b: abs(a - b),
}
Rounding = Literal["nearest", "down", "up"]


@node(category=CATEGORY)
def integer_math(a: int, b: int = 0, operation: IntegerOperation = "add") -> int:
    """Calculate with whole numbers; the result is one, within -2^64..2^64.

    `floor_divide` rounds down (7 and 2 give 3, -7 and 2 give -4), `remainder` has the sign of b; use NumberMath to
    divide with decimals. Dividing by 0, a negative power and a result out of range are errors.
    """
    if operation in ("floor_divide", "remainder") and b == 0:
        raise ValueError(f"{operation} of {a} by 0; b must not be 0")
    if operation == "power":
        _check_power(a, b)
    result = INTEGER[operation](a, b)
    if abs(result) > LARGEST:
        raise ValueError(f"{operation} of {a} and {b} is beyond 2^64; use NumberMath for numbers of that size")
    return result


def _check_power(a: int, b: int) -> None:
    if b < 0:
        raise ValueError(f"power of {a} to {b}; a whole number needs b of 0 or more, NumberMath takes others")
    if b > LARGEST_POWER and abs(a) > 1:
        raise ValueError(f"power of {a} to {b} is beyond 2^64; use NumberMath for numbers of that size")


@node(category=CATEGORY)
def number_math(a: float, b: float = 0.0, operation: NumberOperation = "add") -> float:
    """Calculate with numbers: 7 divided by 2 is 3.5.

    `remainder` has the sign of b. Dividing by 0, a power without a real result and a result beyond the largest number
    are errors.
    """
    if operation in ("divide", "remainder") and b == 0:
        raise ValueError(f"{operation} of {a} by 0; b must not be 0")
    try:
        result = NUMBER[operation](a, b)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{operation} of {a} and {b} has no finite real result") from error
    if not math.isfinite(result):
        raise ValueError(f"{operation} of {a} and {b} has no finite real result")
    return result


@node(category=CATEGORY)
def round_number(
    number: float,
    direction: Annotated[Rounding, Field(description="nearest takes halves away from 0")] = "nearest",
    multiple: Annotated[int, Field(ge=1, le=65536, description="the result is a multiple of this, such as 8")] = 1,
) -> int:
    """Round a number to a whole one, or to a multiple of one.

    `nearest` takes halves away from 0 (2.5 gives 3, -2.5 gives -3), `down` goes to the lower, `up` to the higher.
    """
    parts = Fraction(number) / multiple  # a quotient of floats is itself rounded: 5e-324 / 2 is 0
    if direction == "nearest":
        whole = math.floor(abs(parts) + Fraction(1, 2)) * (1 if parts >= 0 else -1)
    else:
        whole = math.floor(parts) if direction == "down" else math.ceil(parts)
    return whole * multiple
