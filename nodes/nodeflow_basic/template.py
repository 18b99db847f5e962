"""Templates with {named} placeholders: plain names and number formats only, so that no attribute is ever looked up."""

import json
import re
from collections.abc import Mapping
from string import Formatter

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SPEC = re.compile(r"[<>=^]?[+\- ]?0?\d{0,3}[,_]?(\.\d{1,3})?[bdeEfFgGnoxX%s]?")
"""A format without nesting, fill characters or widths beyond three digits."""


def filled(template: str, values: Mapping[str, object]) -> str:
    """The template with its placeholders filled; raises ValueError that says which placeholder is wrong, and why."""
    return "".join(
        literal + ("" if name is None else _shown(name, spec or "", conversion, values))
        for literal, name, spec, conversion in _parsed(template)
    )


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"the template {template!r} cannot be read: {error}; a brace is written twice") from error


def _shown(name: str, spec: str, conversion: str | None, values: Mapping[str, object]) -> str:
    placeholder = "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
    if not NAME.fullmatch(name) or conversion is not None:
        raise ValueError(f"the placeholder {placeholder!r} is no plain name; write {{name}} or {{name:format}}")
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise ValueError(f"the placeholder {placeholder!r} has no value; there are values for: {known}")
    return _formatted(placeholder, values[name], spec)


def _formatted(placeholder: str, value: object, spec: str) -> str:
    if not spec:
        return value if isinstance(value, str) else _as_json(placeholder, value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"the placeholder {placeholder!r} formats {value!r}; a format is for numbers and text")
    if not SPEC.fullmatch(spec):
        raise ValueError(f"the placeholder {placeholder!r} has no format that can be used; write one such as '.2f'")
    try:
        return format(value, spec)
    except ValueError as error:
        raise ValueError(f"the placeholder {placeholder!r} does not fit the value {value!r}: {error}") from error


def _as_json(placeholder: str, value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        kind = type(value).__name__
        raise ValueError(f"the placeholder {placeholder!r} stands for a {kind}, which has no text form") from error
