"""An annotation for literals, made of the JSON Schema that describes them: all that can be checked from afar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

PYTHON: Mapping[str, Any] = {"int": int, "float": float, "str": str, "bool": bool, "json": JsonValue}
LIMITS: Mapping[str, str] = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "pattern": "pattern",
}
"""What JSON Schema calls a limit, and what pydantic does."""


def annotation_of(type_name: str, schema: Mapping[str, Any]) -> Any:
    """An annotation that takes what the schema of a wire type's literals takes, as far as it is of a plain kind.

    What more a declaration asks for is checked where the declaration is. None is the port's own affair.
    """
    schema = _not_null(schema)
    if type_name.startswith("list["):
        items = schema.get("items", {})
        inner = annotation_of(type_name[5:-1], items if isinstance(items, dict) else {})
        return _limited(list[inner], schema)  # type: ignore[valid-type]
    if "enum" in schema or "const" in schema:
        return Literal[tuple(schema.get("enum", [schema.get("const")]))]
    return _limited(PYTHON[type_name], schema)


def _not_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}


def _limited(annotation: Any, schema: Mapping[str, Any]) -> Any:
    limits = {LIMITS[name]: value for name, value in schema.items() if name in LIMITS}
    return Annotated[annotation, Field(**limits)] if limits else annotation
