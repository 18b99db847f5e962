"""Literals: taken as they are or refused with a code, what was expected and what was got; never coerced."""

import enum
import json
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, JsonValue

from nodeflow.errors import ValueProblem
from nodeflow.spec import Port


class Mode(enum.StrEnum):
    FAST = "fast"
    GOOD = "good"


class Level(enum.IntEnum):
    ONE = 1
    TWO = 2


Small = Annotated[float, Field(ge=0, le=1)]


def port(annotation: Any) -> Port:
    return Port.of("x", annotation, "Node.x")


def same(first: Any, second: Any) -> bool:
    """Equal, and of the same types all the way down."""
    return first == second and repr(first) == repr(second)


@pytest.mark.parametrize(
    ("annotation", "given_value", "taken"),
    [
        (int, 3, 3),
        (int, -(2**80), -(2**80)),
        (float, 0.5, 0.5),
        (float, 3, 3.0),
        (float, -0.0, -0.0),
        (bool, False, False),
        (str, "", ""),
        (int | None, None, None),
        (Literal["a", "b"], "b", "b"),
        (Literal[1, 2], 2, 2),
        (Mode, "fast", Mode.FAST),
        (Mode, Mode.GOOD, Mode.GOOD),
        (Level, 2, Level.TWO),
        (list[float], [1, 2.5], [1.0, 2.5]),
        (list[int], (1, 2), [1, 2]),
        (list[Mode], ["good"], [Mode.GOOD]),
        (tuple[int, int], [1, 2], (1, 2)),
        (tuple[float, ...], [], ()),
        (tuple[Literal[1, 2], ...], [2, 1], (2, 1)),
        (Annotated[list[Small], Field(max_length=2)], [0, 1], [0.0, 1.0]),
        (Annotated[tuple[int, ...], Field(min_length=1)], [7], (7,)),
        (dict, {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dict[str, Any], {"a": 1.5}, {"a": 1.5}),
        (JsonValue, {"a": [1, 1.0, True, None, "x"]}, {"a": [1, 1.0, True, None, "x"]}),
        (list[JsonValue], [1, "a", None], [1, "a", None]),
    ],
)
def test_takes(annotation: Any, given_value: Any, taken: Any) -> None:
    assert same(port(annotation).validate(given_value), taken)


@pytest.mark.parametrize(
    ("annotation", "given_value", "code", "expected", "got"),
    [
        (bool, "false", "wrong_type", "true or false", '"false"'),
        (bool, 1, "wrong_type", "true or false", "1"),
        (int, 3.9, "wrong_type", "a whole number", "3.9"),
        (int, 3.0, "wrong_type", "a whole number", "3.0"),
        (int, True, "wrong_type", "a whole number", "true"),
        (int, "3", "wrong_type", "a whole number", '"3"'),
        (int, None, "wrong_type", "a whole number", "null"),
        (int | None, "3", "wrong_type", "a whole number or null", '"3"'),
        (float, True, "wrong_type", "a number", "true"),
        (float, "1.5", "wrong_type", "a number", '"1.5"'),
        (float, math.nan, "not_finite", "a finite number", "NaN"),
        (float, math.inf, "not_finite", "a finite number", "Infinity"),
        (float, 10**400, "wrong_type", "a number", None),
        (str, 3, "wrong_type", "text", "3"),
        (str, b"a", "wrong_type", "text", "b'a'"),
        (Small, 1.5, "out_of_range", "at most 1.0", "1.5"),
        (Annotated[int, Field(gt=0)], 0, "out_of_range", "more than 0", "0"),
        (Annotated[int, Field(lt=5)], 5, "out_of_range", "less than 5", "5"),
        (Annotated[int, Field(ge=0)] | None, -1, "out_of_range", "at least 0 or null", "-1"),
        (Annotated[int | None, Field(ge=0)], -1, "out_of_range", "at least 0 or null", "-1"),
        (Annotated[int, Field(multiple_of=8)], 12, "out_of_range", "a multiple of 8", "12"),
        (Annotated[str, Field(max_length=2)], "abc", "out_of_range", "text of at most 2 characters", '"abc"'),
        (Annotated[str, Field(min_length=1)], "", "out_of_range", "text of at least 1 characters", '""'),
        (Annotated[str, Field(pattern="^#")], "a", "out_of_range", "text that matches ^#", '"a"'),
        (Literal["add", "subtract"], "ad", "unknown_choice", "one of add, subtract", '"ad"'),
        (Literal["a"], ["a"], "unknown_choice", "one of a", '["a"]'),
        (Literal[1, 2], True, "unknown_choice", "one of 1, 2", "true"),
        (Literal[1, 2], 1.0, "unknown_choice", "one of 1, 2", "1.0"),
        (Mode, "FAST", "unknown_choice", "one of fast, good", '"FAST"'),
        (Mode, 1, "unknown_choice", "one of fast, good", "1"),
        (Level, True, "unknown_choice", "one of 1, 2", "true"),
        (Level, 1.0, "unknown_choice", "one of 1, 2", "1.0"),
        (Level, "1", "unknown_choice", "one of 1, 2", '"1"'),
        (list[int], "12", "wrong_type", "a list", '"12"'),
        (list[int], {1, 2}, "wrong_type", "a list", "{1, 2}"),
        (list[int], [1, True], "wrong_type", "a whole number", "true at [1]"),
        (list[Mode], ["good", "bad"], "unknown_choice", "one of fast, good", '"bad" at [1]'),
        (tuple[int, int], [1, 2, 3], "out_of_range", "a list of at most 2", None),
        (Annotated[list[Small], Field(max_length=2)], [0, 0, 0], "out_of_range", "a list of at most 2", "[0, 0, 0]"),
        (Annotated[list[Small], Field(max_length=2)], [0, 2], "out_of_range", "at most 1.0", "2 at [1]"),
        (dict, {"a": math.nan}, "not_finite", "a finite number", "NaN"),
        (dict, [1], "wrong_type", "an object", "[1]"),
        (dict, {1: 2}, "wrong_type", "names that are text", "1"),
        (dict[str, int], {"a": True}, "wrong_type", "a whole number", "true"),
        (JsonValue, [math.inf], "not_finite", "a finite number", "Infinity at [0]"),
        (JsonValue, {"a": object}, "wrong_type", "a JSON value", None),
        (JsonValue, (1, 2), "wrong_type", "a JSON value", "(1, 2)"),
    ],
)
def test_refuses(annotation: Any, given_value: Any, code: str, expected: str, got: str | None) -> None:
    with pytest.raises(ValueProblem) as caught:
        port(annotation).validate(given_value)
    assert (caught.value.code, caught.value.expected) == (code, expected)
    assert got is None or caught.value.got == got


def test_a_misspelt_choice_names_the_nearest() -> None:
    with pytest.raises(ValueProblem) as caught:
        port(Literal["add", "subtract"]).validate("substract")
    assert caught.value.nearest == "subtract"


def test_an_authors_own_check_tells_of_itself() -> None:
    def even(value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value

    with pytest.raises(ValueProblem, match="must be even") as caught:
        port(Annotated[int, AfterValidator(even)]).validate(3)
    assert caught.value.code == "out_of_range"


def test_a_json_value_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueProblem):
        port(JsonValue).validate(loop)


def test_a_large_value_is_shown_short() -> None:
    with pytest.raises(ValueProblem) as caught:
        port(int).validate(list(range(10**6)))
    assert len(caught.value.got) <= 80


SCALARS: dict[Any, type] = {int: int, float: float, str: str, bool: bool}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, annotation=st.sampled_from([int, float, str, bool]))
def test_a_scalar_takes_its_type_alone_and_leaves_it(value: Any, annotation: Any) -> None:
    fits = type(value) is annotation
    if annotation is float and type(value) is int:
        fits = abs(value) < 2**53
        if not fits:
            return  # an integer that float may or may not have
    if fits:
        assert same(port(annotation).validate(value), annotation(value))
    else:
        with pytest.raises(ValueProblem):
            port(annotation).validate(value)


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert same(port(JsonValue).validate(value), value)


def walk(value: Any) -> Iterator[Any]:
    yield value
    for part in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from walk(part)


@given(JSON, st.sampled_from([list[int], list[float], dict[str, int], tuple[int, ...], list[Mode], Mode, Level | None]))
def test_what_is_taken_is_json_again(value: Any, annotation: Any) -> None:
    """Every checked value can go into a key, which is JSON, and says there what was given."""
    try:
        taken = port(annotation).validate(value)
    except ValueProblem:
        return
    again = json.loads(json.dumps(taken))
    assert again == value
    assert [isinstance(part, bool) for part in walk(again)] == [isinstance(part, bool) for part in walk(value)]
