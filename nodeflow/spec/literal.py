"""Literals checked strictly by pydantic, and its errors in the words of a problem."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, ConfigDict, JsonValue, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from nodeflow.errors import ValueProblem, listed, nearest, show

STRICT = ConfigDict(strict=True, allow_inf_nan=False)
CHOICE = "nodeflow_choice"

KINDS: Mapping[str, str] = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "invalid-json-value": "a JSON value",
    "recursion_loop": "a JSON value",
}
"""What pydantic's errors of a wrong type expected."""

LIMITS: Mapping[str, str] = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
}
"""What pydantic's errors of a right type out of range expected, to be filled from their context."""


def adapter(annotation: Any) -> TypeAdapter[Any]:
    """Checks values of an annotation as a graph gives them. It takes half a millisecond to build, one to ask."""
    return TypeAdapter(_strict(annotation), config=STRICT)


def problem(error: ValidationError, *, nullable: bool) -> ValueProblem:
    """The first thing that is wrong, in our words."""
    first = error.errors(include_url=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    place = "".join(f"[{part}]" for part in first["loc"] if isinstance(part, int))
    if first["loc"][-1:] == ("[key]",):
        return ValueProblem("wrong_type", "names that are text", show(first["input"]))
    # A list that was made a tuple on the way is shown as the list that was given.
    given = list(first["input"]) if kind in LIMITS and isinstance(first["input"], tuple) else first["input"]
    got = show(given) + (f" at {place}" if place else "")
    null = " or null" if nullable else ""
    if kind == CHOICE:
        choices = context["choices"]
        near = nearest(str(first["input"]), map(str, choices)) if isinstance(first["input"], str) else None
        return ValueProblem("unknown_choice", f"one of {listed(map(str, choices))}{null}", got, near)
    if kind == "finite_number":
        return ValueProblem("not_finite", f"a finite number{null}", got)
    if kind in LIMITS:
        return ValueProblem("out_of_range", LIMITS[kind].format(**context) + null, got)
    if kind in KINDS:
        return ValueProblem("wrong_type", KINDS[kind] + null, got)
    code = "out_of_range" if kind in ("value_error", "assertion_error") else "wrong_type"
    return ValueProblem(code, first["msg"].removeprefix("Input should be ") + null, got)


def _strict(annotation: Any) -> Any:
    """The annotation such that strict mode neither coerces nor refuses what a JSON document means.

    pydantic takes true and 1.0 for the 1 of a Literal, an int of any kind for an enum's, and in Python, not in JSON,
    refuses an enum's value and a list for a tuple.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bare, extras = _strict(args[0]), args[1:]
        if get_origin(bare) is Annotated:
            # What makes the value right comes first, and pydantic runs the last validator first.
            bare, *before = get_args(bare)
            extras = (*extras, *before)
        return Annotated[(bare, *extras)]
    if origin in (Union, types.UnionType):
        return Union[tuple(_strict(part) for part in args)]  # noqa: UP007 (they are not known before)
    if origin is list:
        return Annotated[list[_strict(args[0])], BeforeValidator(_sequence(list))]  # type: ignore[misc]
    if origin is tuple:
        parts = tuple(part if part is ... else _strict(part) for part in args)
        return Annotated[tuple[parts], BeforeValidator(_sequence(tuple))]  # type: ignore[valid-type]
    if dict in (annotation, origin):
        return dict[str, JsonValue if not args or args[1] is Any else _strict(args[1])]  # type: ignore[misc]
    if origin is Literal:
        return Annotated[annotation, BeforeValidator(_choice({(type(each), each): each for each in args}))]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        kind = str if issubclass(annotation, str) else int
        return Annotated[annotation, BeforeValidator(_choice({(kind, each.value): each for each in annotation}))]
    return annotation


def _sequence(kind: type[list[Any] | tuple[Any, ...]]) -> Callable[[Any], Any]:
    """A tuple is how Python writes a list that does not change; JSON has one of the two."""

    def convert(value: Any) -> Any:
        return kind(value) if isinstance(value, list | tuple) else value

    return convert


def _choice(known: Mapping[tuple[type, Any], Any]) -> Callable[[Any], Any]:
    members = set(known.values())
    choices = [value for _, value in known]

    def choose(value: Any) -> Any:
        if isinstance(value, Enum) and value in members:
            return value
        if isinstance(value, str | int) and (type(value), value) in known:
            return known[type(value), value]
        raise PydanticCustomError(CHOICE, "no such choice", {"choices": choices})

    return choose
