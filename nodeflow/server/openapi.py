"""The OpenAPI 3.1 document, made from the routes and the models that they name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nodeflow.api.problem import MEDIA_TYPE, ProblemDetail
from nodeflow.server.body import JSON
from nodeflow.server.problems import FORBIDDEN, UNAUTHORIZED, Kind
from nodeflow.server.route import Content, Route

Mode = Literal["validation", "serialization"]
Schemas = Mapping[tuple[type[Any], Mode], Mapping[str, Any]]

PLACES: Mapping[str, str] = {"path": "path", "query": "query", "headers": "header"}
EVERYWHERE = (UNAUTHORIZED, FORBIDDEN)
DESCRIPTION = "Submit graphs, follow their runs, fetch what they made. docs/api.md explains it with examples."


def document(routes: Iterable[Route], components: Iterable[type[BaseModel]] = ()) -> dict[str, Any]:
    """The document. `components` are models to describe that stand in no JSON body, such as events."""
    listed = list(routes)
    described: list[type[BaseModel]] = [*components, ProblemDetail]
    wanted: list[tuple[type[Any], Mode]] = [*_used(listed), *((model, "serialization") for model in described)]
    schemas, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(_plain(route.path), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "nodeflow", "version": version("nodeflow"), "description": DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "asked for where the server has a token"}
            },
        },
    }


def _used(routes: Iterable[Route]) -> Iterator[tuple[type[BaseModel], Mode]]:
    for route in routes:
        if "body" in route.takes:
            yield route.takes["body"], "validation"
        for content in route.answers.values():
            if content.model is not None:
                yield content.model, "serialization"


def _plain(path: str) -> str:
    """A path without the patterns of its parameters."""
    return re.sub(r"\{(\w+):[^/]*\}", r"{\1}", path)


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(route.handler.__doc__ or "").partition("\n")
    found: dict[str, Any] = {"tags": [route.noun], "operationId": route.handler.__name__, "summary": summary}
    if description.strip():
        found["description"] = " ".join(description.split())
    found["security"] = [{}] if route.public else [{"token": []}, {}]
    if parameters := [each for part in PLACES for each in _parameters(route, part)]:
        found["parameters"] = parameters
    if body := _request_body(route, schemas):
        found["requestBody"] = body
    found["responses"] = dict(_responses(route, schemas))
    return found


def _parameters(route: Route, part: str) -> Iterator[dict[str, Any]]:
    if part not in route.takes:
        return
    schema = route.takes[part].model_json_schema()
    for name, field in schema.get("properties", {}).items():
        plain = {key: value for key, value in _not_null(field).items() if key not in ("title", "description")}
        required = part == "path" or name in schema.get("required", ())
        found = {"name": name, "in": PLACES[part], "required": required, "schema": plain}
        yield found | ({"description": field["description"]} if "description" in field else {})


def _not_null(field: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is not one that may be null."""
    kinds = [each for each in field.get("anyOf", ()) if each.get("type") != "null"]
    rest = {key: value for key, value in field.items() if key not in ("anyOf", "default") or value is not None}
    if len(kinds) == 1 and "anyOf" in field:
        rest = {**kinds[0], **{key: value for key, value in rest.items() if key != "anyOf"}}
    return rest


def _request_body(route: Route, schemas: Schemas) -> dict[str, Any] | None:
    if "body" in route.takes:
        return {"required": True, "content": {JSON: {"schema": schemas[route.takes["body"], "validation"]}}}
    if route.uploads:
        return {"required": True, "content": {media: {"schema": schema} for media, schema in route.uploads.items()}}
    return None


def _responses(route: Route, schemas: Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, content in sorted(route.answers.items()):
        yield str(status), _response(content, schemas)
    kinds: dict[int, list[Kind]] = {}
    for kind in (*route.problems, *(() if route.public else EVERYWHERE)):
        kinds.setdefault(kind.status, []).append(kind)
    problem = {MEDIA_TYPE: {"schema": schemas[ProblemDetail, "serialization"]}}
    for status, listed in sorted(kinds.items()):
        yield str(status), {"description": "; or: ".join(kind.title for kind in listed), "content": problem}


def _response(content: Content, schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {"description": content.description}
    if content.model is not None:
        found["content"] = {JSON: {"schema": schemas[content.model, "serialization"]}}
    elif content.media:
        found["content"] = {media: {"schema": schema} for media, schema in content.media.items()}
    if content.headers:
        found["headers"] = {name: {"required": True, "schema": {"type": "string"}} for name in content.headers}
    return found
