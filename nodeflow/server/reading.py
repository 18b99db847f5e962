"""Fitting what a client says into models: every flaw at once, with its place and the nearest right name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nodeflow.api.problem import Flaw, Part
from nodeflow.api.wire import IN_WORDS
from nodeflow.errors import nearest
from nodeflow.problems import meant, pointer, show
from nodeflow.server.problems import INVALID, NOT_FOUND, SECRETS, Kind, Refusal

Model = TypeVar("Model", bound=BaseModel)

CODES: Mapping[str, str] = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "finite_number": "not_finite",
    "too_long": "too_large",
    "too_short": "too_short",
    "string_too_short": "too_short",
    "string_too_long": "too_large",
    "string_pattern_mismatch": "bad_name",
    "value_error": "bad_value",
    "literal_error": "unknown_choice",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
}


def fit(model: type[Model], values: Any, part: Part) -> Model:
    """The values as the model; raises Refusal with everything that does not fit."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        flaws = [_flaw(dict(detail), model, part) for detail in error.errors(include_url=False)]
        raise Refusal(_kind(part), flaws[0].message, flaws) from None


def _kind(part: Part) -> Kind:
    # A name that cannot be is one that there is not.
    return NOT_FOUND if part == "path" else INVALID


def _flaw(detail: dict[str, Any], model: type[BaseModel], part: Part) -> Flaw:
    place, kind = detail["loc"], detail["type"]
    where = pointer(*place)
    said = _said(detail)
    message, near = f"{where.removeprefix('/') or part}: {said[:1].lower()}{said[1:]}", None
    if kind == "extra_forbidden":
        known = _names(model) if len(place) == 1 else ()
        near = nearest(str(place[-1]), known)
        said = f"one of: {', '.join(known)}" if known else "no such field"
        message = f"there is no {'parameter' if part == 'query' else 'field'} {str(place[-1])!r}{meant(near)}"
    elif kind == "missing":
        message = f"{place[-1]!r} is missing"
    got = None if kind == "missing" or SECRETS.intersection(map(str, place)) else show(detail["input"])
    return Flaw(
        part=part,
        pointer=where,
        code=CODES.get(kind, "wrong_type"),
        message=message,
        expected=said,
        got=got,
        nearest=near,
    )


def _said(detail: dict[str, Any]) -> str:
    """What would be right, in the words of people who do not know how we are made."""
    match detail["type"]:
        case "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            return f"Input should be {IN_WORDS.get(pattern, f'text like {pattern}')}"
        case "model_type" | "dict_type":
            return "Input should be an object"
        case "missing":
            return "a value"
    return str(detail["msg"]).removeprefix("Value error, ").replace(" after validation", "")


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
