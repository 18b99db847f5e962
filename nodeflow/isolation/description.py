"""What an isolated plugin brings, as JSON: written where it was imported, read where it is not."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nodeflow import widgets
from nodeflow.folders import ModelFolder
from nodeflow.isolation.literals import annotation_of
from nodeflow.isolation.opaque import Elsewhere, opaque_type
from nodeflow.node import Node
from nodeflow.plugins.brought import Brought
from nodeflow.spec import NodeSpec, Port

JSON = dict[str, Any]
Carry = Callable[[str, Mapping[str, Any], Any], Mapping[str, Any]]
"""Carries out a node type, by name, with inputs and a context; gives the outputs."""

SAID = ("title", "category", "description", "version", "cacheable", "output", "resources", "deprecated")


def described(brought: Brought) -> JSON:
    """Everything that can be told of a plugin without its classes."""
    return {
        "types": [
            {"name": wire.name, "color": wire.color, "description": wire.description, "cache": wire.cache}
            for wire in brought.types
        ],
        "nodes": [_node(spec) for spec in brought.nodes],
        "choices": {table: list(choices) for table, choices in brought.choices.items()},
        "folders": [
            {"kind": each.kind, "path": str(each.path), "suffixes": list(each.suffixes)} for each in brought.folders
        ],
        "graphs": {name: str(path) for name, path in brought.graphs.items()},
        "converters": list(brought.converters),
    }


def read(description: JSON, owner: str, code: str, carry: Carry) -> Brought:
    """What a description tells of, with nodes that `carry` carries out."""
    types = tuple(opaque_type(**each) for each in description["types"])
    python = {wire.name: wire.python for wire in types}
    return Brought(
        owner=owner,
        code=code,
        types=types,
        nodes=tuple(_spec(each, owner, code, python, carry) for each in description["nodes"]),
        choices={
            table: {name: Elsewhere(name, owner) for name in names} for table, names in description["choices"].items()
        },
        folders=tuple(
            ModelFolder(each["kind"], Path(each["path"]), owner, tuple(each["suffixes"]))
            for each in description["folders"]
        ),
        migrations=(),
        graphs={name: Path(path) for name, path in description["graphs"].items()},
        converters=tuple(description["converters"]),
    )


def _node(spec: NodeSpec) -> JSON:
    return {
        "name": spec.name,
        **{name: getattr(spec, name) for name in SAID},
        "resources": dict(spec.resources),
        "inputs": [_port(port) for port in spec.inputs.values()],
        "outputs": [_port(port) for port in spec.outputs.values()],
        "several": spec.returns is not None,
    }


def _port(port: Port) -> JSON:
    found: JSON = {
        "name": port.name,
        "type": port.type,
        "required": port.required,
        "nullable": port.nullable,
        "description": port.description,
        "title": port.title,
        "hints": [[type(hint).__name__, dataclasses.asdict(hint)] for hint in port.hints],
    }
    if port.value:
        found["schema"] = port.schema
    if not port.required and (port.value or port.default is None):
        found["default"] = list(port.default) if isinstance(port.default, tuple) else port.default
    return found


def _spec(said: JSON, owner: str, code: str, python: Mapping[str, type], carry: Carry) -> NodeSpec:
    outputs = {each["name"]: _read_port(each, python) for each in said["outputs"]}
    several = namedtuple("Outputs", list(outputs)) if said["several"] else None
    return NodeSpec(
        name=said["name"],
        node=_class(said, several, carry),
        inputs={each["name"]: _read_port(each, python) for each in said["inputs"]},
        outputs=outputs,
        **{name: said[name] for name in SAID},
        owner=owner,
        code_id=code,
        returns=several,
    )


def _read_port(said: JSON, python: Mapping[str, type]) -> Port:
    schema = said.get("schema")
    port = Port(
        **{name: said[name] for name in ("name", "type", "required", "nullable", "description", "title")},
        default=said.get("default"),
        annotation=None if schema is None else annotation_of(said["type"], schema),
        hints=tuple(getattr(widgets, kind)(**values) for kind, values in said["hints"]),
        python=python.get(said["type"].removeprefix("list[").removesuffix("]")),
    )
    if schema is not None:
        # What is served is what the plugin itself says, word for word.
        port.__dict__["schema"] = schema
    return port


def _default(said: JSON) -> Any:
    """The default of an input, as a declaration has it: no list, which could be changed in place."""
    default = said.get("default")
    return tuple(default) if isinstance(default, list) else default


def _class(said: JSON, several: Any, carry: Carry) -> type[Node]:
    """A node class whose `run` is carried out elsewhere."""
    name = said["name"]
    inputs = [each["name"] for each in said["inputs"]]

    def run(self: Node, ctx: Any) -> Any:
        outputs = carry(name, {each: getattr(self, each) for each in inputs}, ctx)
        return several(**outputs) if several is not None else next(iter(outputs.values()), None)

    run.__annotations__ = {"return": several or object}
    namespace = {"__annotations__": dict.fromkeys(inputs, Any), "run": run, "__doc__": said["description"]}
    namespace |= {each["name"]: _default(each) for each in said["inputs"] if not each["required"]}
    return type(name.rpartition("/")[2], (Node,), namespace)
