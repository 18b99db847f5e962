"""Whether graphs made with the last release still mean the same: node types are held to a file that tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nodeflow.node import Node
from nodeflow.spec import NodeSpec, Port
from nodeflow.testing.checks import CheckFailed

UNSAID = ("title", "description")
"""What of a JSON Schema no graph depends on."""

Schema = dict[str, Any]


def check_schema(nodes: Iterable[type[Node]], file: Path) -> None:
    """Raises CheckFailed where a graph made with the node types in `file` would not run, or mean something else.

    A type that is at a later version may be anything. A file that is not there is written, as `write_schema` does:
    keep it under version control, and write it anew with each release.
    """
    specs = [NodeSpec.of(node) for node in nodes]
    if not file.exists():
        write_schema(specs, file)
        return
    if complaints := list(broken(json.loads(file.read_text(encoding="utf-8")), described(specs))):
        raise CheckFailed(
            "\n".join(["graphs of the last release would break; raise the version of the node:", *complaints])
        )


def write_schema(specs: Iterable[NodeSpec], file: Path) -> None:
    """Write what graphs depend on of those node types."""
    file.write_text(json.dumps(described(specs), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def described(specs: Iterable[NodeSpec]) -> Schema:
    """What graphs depend on of node types, by their names without the plugin's."""
    return {
        spec.name.rpartition("/")[2]: {
            "version": spec.version,
            "inputs": {name: _input(port) for name, port in spec.inputs.items()},
            "outputs": {name: {"type": port.type, "nullable": port.nullable} for name, port in spec.outputs.items()},
        }
        for spec in specs
    }


def broken(before: Schema, now: Schema) -> Iterator[str]:
    """What a graph made with the types of before would stumble over now."""
    for name, old in before.items():
        if name not in now:
            yield f"{name} is gone; keep it, as deprecated = True"
        elif now[name]["version"] < old["version"]:
            yield f"{name} went back from version {old['version']} to {now[name]['version']}"
        elif now[name]["version"] == old["version"]:
            yield from _inputs(name, old["inputs"], now[name]["inputs"])
            yield from _outputs(name, old["outputs"], now[name]["outputs"])


def _inputs(name: str, before: Schema, now: Schema) -> Iterator[str]:
    for each, old in before.items():
        new = now.get(each)
        if new is None:
            yield f"{name}.{each}: the input is gone"
            continue
        for part in sorted({*old, *new}):
            if old.get(part) != new.get(part):
                yield f"{name}.{each}: {part} was {json.dumps(old.get(part))} and is {json.dumps(new.get(part))}"
    for each in now.keys() - before.keys():
        if now[each]["required"]:
            yield f"{name}.{each}: the input is new, and has no default"


def _outputs(name: str, before: Schema, now: Schema) -> Iterator[str]:
    for each, old in before.items():
        if now.get(each) != old:
            new = now.get(each)
            yield f"{name}.{each}: the output {'is gone' if new is None else f'was {old} and is {new}'}"


def _input(port: Port) -> Schema:
    found: Schema = {"type": port.type, "required": port.required, "nullable": port.nullable}
    if port.value:
        found["schema"] = _meant(port.schema)
    if not port.required and (port.value or port.default is None):
        found["default"] = list(port.default) if isinstance(port.default, tuple) else port.default
    return found


def _meant(schema: Mapping[str, Any]) -> Schema:
    return {name: value for name, value in schema.items() if name not in UNSAID}
