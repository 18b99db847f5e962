"""The graph document: nodes, their values and links, what a caller may set; read strictly, written minimally."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nodeflow import json_document, other_tools
from nodeflow.problems import GraphError, Problems, meant, show

if TYPE_CHECKING:
    from nodeflow.registry import Registry

FORMAT = 1
MAX_NODES = 100_000
LARGEST_SEED = 2**53 - 1
"""Where the type of a seed sets no limit: the largest integer that every JSON reader takes for what it is."""
NAME = r"^[A-Za-z0-9_-]{1,64}$"
NAME_RULE = "1 to 64 letters, digits, _ and -"
PORT_RULE = "a node and one of its ports, joined by a dot"

Name = Annotated[str, StringConstraints(pattern=NAME)]
NAMED = {"additionalProperties": False}
"""For the schema of an object with such names, which pydantic leaves open to others."""


class GraphNode(BaseModel):
    """One node: its type, the literal values of its inputs, and the outputs its other inputs are linked to."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Annotated[str, Field(min_length=1, max_length=200, description="the node type, by its registered name")]
    version: Annotated[int | None, Field(ge=1, description="the version of the type the node was made with")] = None
    values: Annotated[dict[str, Any], Field(description="literal values by input name; any JSON")] = {}
    links: Annotated[dict[str, str], Field(description='by input name, "node.output"')] = {}
    title: Annotated[str | None, Field(max_length=1000, description="shown by the editor")] = None

    def dump(self) -> dict[str, Any]:
        """The node as a JSON object, without what is at its default."""
        return self.model_dump(exclude_defaults=True)


class Graph(BaseModel):
    """A graph, as `parse` reads it and `dump` writes it. Nothing in it is checked against node types yet."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    nodeflow: Annotated[Literal[1], Field(description="the version of this format")]
    nodes: Annotated[
        dict[Name, GraphNode], Field(max_length=MAX_NODES, description="nodes by id", json_schema_extra=NAMED)
    ]
    inputs: Annotated[
        dict[Name, str], Field(description='what a caller may set: by name, "node.input"', json_schema_extra=NAMED)
    ] = {}
    layout: Annotated[Any, Field(description="the editor's; never reaches a cache key")] = None
    meta: Annotated[dict[str, Any], Field(description="free for programs; never reaches a cache key")] = {}

    def dump(self) -> dict[str, Any]:
        """The document, canonical and minimal: fields in one order, none at its default; it shares nothing."""
        return self.model_dump(exclude_defaults=True)

    def with_inputs(self, values: Mapping[str, Any]) -> Graph:
        """The graph with values put where `inputs` names them.

        Raises `GraphError`, whose pointers lead into `{"inputs": values}`.
        """
        problems = Problems()
        json_document.check(dict(values), problems, at=((), "inputs"))
        changed: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            target = self._target(name, problems)
            if target is not None:
                changed.setdefault(target[0], {})[target[1]] = value
        problems.refuse()
        return self.with_values(changed)

    def with_values(self, changed: Mapping[str, Mapping[str, Any]]) -> Graph:
        """The graph with other values, by node id and input name."""
        nodes = dict(self.nodes)
        for node_id, values in changed.items():
            node = nodes[node_id]
            nodes[node_id] = node.model_copy(update={"values": {**node.values, **values}})
        return self.model_copy(update={"nodes": nodes})

    def _target(self, name: str, problems: Problems) -> tuple[str, str] | None:
        if name not in self.inputs:
            close = problems.nearest(name, self.inputs)
            known = ", ".join(self.inputs) or "none"
            message = f"the graph has no input {name!r}{meant(close)}"
            problems.add("bad_input", ("inputs", name), message, expected=f"one of: {known}", got=name, nearest=close)
            return None
        target = split_port(self.inputs[name])
        if target is None or target[0] not in self.nodes:
            message = f"the graph's input {name!r} leads to {self.inputs[name]!r}, which is no input of a node in it"
            problems.add("bad_input", ("inputs", name), message, expected=PORT_RULE, got=self.inputs[name])
            return None
        return target


def split_port(text: str) -> tuple[str, str] | None:
    """`"node.output"` as its two names, or None when it is not of that form."""
    node_id, dot, port = text.partition(".")
    return (node_id, port) if dot and port and re.fullmatch(NAME, node_id) else None


def parse(source: str | bytes | Mapping[str, Any]) -> Graph:
    """Read a graph from JSON text or from what JSON text was read into; raises `GraphError` with every problem."""
    problems = Problems()
    if isinstance(source, str | bytes):
        if isinstance(source, bytes) and (other := other_tools.of_bytes(source)):
            problems.add("not_json", (), f"this is no graph but {other}", expected="a JSON object, or a PNG")
            problems.refuse()
        document = json_document.read(source, problems)
    else:
        document = source if type(source) is dict else dict(source)
        json_document.check(document, problems)
    # What is no JSON, or too much of it, has no shape worth reporting on.
    problems.refuse()
    return _shaped(document, problems)


def open_seeds(graph: Graph, registry: Registry, draw: Callable[[int], int] = secrets.randbelow) -> Graph:
    """The graph with every seed that was left open (`null`) drawn; `draw(n)` gives an integer from 0 to n - 1.

    Nodes of unknown types stay as they are: `compile` reports them.
    """
    drawn: dict[str, dict[str, int]] = {}
    for node_id, node in graph.nodes.items():
        for name, value in node.values.items():
            if value is None and (seeds := _seeds(registry, node.type, name)) is not None:
                lowest, count = seeds
                drawn.setdefault(node_id, {})[name] = lowest + draw(count)
    return graph.with_values(drawn) if drawn else graph


def graph_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    schema = Graph.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "nodeflow graph"}


def _shaped(document: Any, problems: Problems) -> Graph:
    if not isinstance(document, dict):
        problems.add("wrong_type", (), "a graph is a JSON object", expected="an object", got=document)
        problems.refuse()
    found = document.get("nodeflow")
    if type(found) is not int or found != FORMAT:
        got = {"got": found} if "nodeflow" in document else {}
        said = f"says {show(found)}" if got else "does not say"
        other = other_tools.of_document(document)
        message = f"this is no graph of format {FORMAT}: it {'is ' + other if other else said}"
        problems.add("version", ("nodeflow",), message, expected=f'"nodeflow": {FORMAT}', **got)
        problems.refuse()
    try:
        return Graph.model_validate(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            _add_shape_problem(problems, detail)
        raise GraphError(problems) from None


def _add_shape_problem(problems: Problems, detail: Mapping[str, Any]) -> None:
    place, kind, got = tuple(detail["loc"]), detail["type"], detail["input"]
    if kind == "string_pattern_mismatch" and place[-1] == "[key]":
        name = place[-2]
        problems.add("bad_name", place[:-1], f"{name!r} cannot be a name here", expected=NAME_RULE, got=name)
    elif kind == "extra_forbidden":
        name = str(place[-1])
        known = Graph.model_fields if len(place) == 1 else GraphNode.model_fields
        close = problems.nearest(name, known)
        message = f"there is no field {name!r}{meant(close)}"
        problems.add("unknown_field", place, message, expected=f"one of: {', '.join(known)}", nearest=close)
    elif kind == "missing":
        problems.add("missing_field", place, f"the field {place[-1]!r} is missing", expected=f"a field {place[-1]!r}")
    else:
        code = "too_large" if kind == "too_long" else "wrong_type"
        problems.add(code, place, detail["msg"], expected=detail["msg"], got=got)


def _seeds(registry: Registry, type_name: str, name: str) -> tuple[int, int] | None:
    """The lowest seed that the input takes and how many there are; None when it is no seed that can be left open."""
    spec = registry.nodes.get(type_name)
    port = spec.inputs.get(name) if spec is not None else None
    if port is None or not port.seed or port.nullable:
        return None
    schema = port.schema
    lowest = int(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))
    end = int(schema.get("exclusiveMaximum", schema.get("maximum", LARGEST_SEED) + 1))
    return lowest, end - lowest
