"""Node types described for people, from their declarations: as text for a terminal, as Markdown for the docs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from nodeflow.cli.listing import table
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port

MOST_CHOICES = 40
BOUNDS: Mapping[str, str] = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}

HEAD = """\
# Node types

Written by `make docs` from the declarations; `nodeflow nodes TYPE` prints one of them. An input without a default must
be given; any input may be linked to an output of its type (an `int` also to a `float`, and `any` to everything).
"""


def text(spec: NodeSpec, registry: Registry) -> str:
    """One node type for the terminal."""
    title = "" if spec.title == spec.name else f" ({spec.title})"
    heading = f"{spec.name}{title}, {spec.category or 'no category'}, from {spec.owner}, version {spec.version}"
    tables = (table(heads, rows) for heads, rows in _tables(spec, registry))
    return "\n\n".join(part for part in [heading, spec.description, *tables] if part)


def markdown(specs: Iterable[NodeSpec], registry: Registry) -> str:
    """Node types as Markdown, by category, after a list of links to them."""
    ordered = sorted(specs, key=lambda spec: (spec.category, spec.name))
    categories = {name or "no category": list(group) for name, group in groupby(ordered, lambda spec: spec.category)}
    parts = [HEAD, *_contents(categories), ""]
    for category, members in categories.items():
        parts.append(f"## {category}\n")
        parts.extend("\n".join(_section(spec, registry)) for spec in members)
    return "\n".join(parts)


def _contents(categories: Mapping[str, Iterable[NodeSpec]]) -> Iterator[str]:
    """A line of links for each category. Of headings that read the same, anchors are told apart by a number."""
    seen: Counter[str] = Counter()

    def link(heading: str) -> str:
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        seen[anchor] += 1
        number = seen[anchor] - 1
        return f"[{heading}](#{anchor}{f'-{number}' if number else ''})"

    for category, members in categories.items():
        yield f"- {link(category)}: {', '.join(link(spec.name) for spec in members)}"


def _section(spec: NodeSpec, registry: Registry) -> Iterator[str]:
    yield f"### {spec.name}\n"
    if spec.description:
        yield f"{_prose(spec.description)}\n"
    for heads, rows in _tables(spec, registry):
        yield _row(heads)
        yield _row(["---"] * len(heads))
        yield from map(_row, rows)
        yield ""


def _prose(text: str) -> str:
    """A docstring as Markdown: outside of backticks a backslash stands for itself."""
    return re.sub(r"`[^`]*`|\\", lambda found: "\\\\" if found[0] == "\\" else found[0], text)


def _row(cells: Sequence[str]) -> str:
    """A row of a Markdown table. A cell may hold neither the bar between cells nor a line break."""
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _tables(spec: NodeSpec, registry: Registry) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The heading and the rows of a table for the inputs and one for the outputs, where there are any."""
    if spec.inputs:
        yield ["input", "type", "default", ""], [_cells(port, registry) for port in spec.inputs.values()]
    if spec.outputs:
        yield ["output", "type", ""], [[port.name, port.type, port.description] for port in spec.outputs.values()]


def _cells(port: Port, registry: Registry) -> list[str]:
    shown = "" if port.required else json.dumps(port.default, ensure_ascii=False)
    said = [
        port.description,
        _range(port.schema),
        _choices(port, registry),
        "computed when needed" if port.lazy else "",
    ]
    return [port.name, f"{port.type} or none" if port.nullable else port.type, shown, "; ".join(filter(None, said))]


def _range(schema: Mapping[str, Any]) -> str:
    bounds = {name: part[name] for part in (schema, *schema.get("anyOf", ())) for name in BOUNDS if name in part}
    both = [f"{bounds.pop('minimum')} to {bounds.pop('maximum')}"] if {"minimum", "maximum"} <= bounds.keys() else []
    return ", ".join([*both, *(f"{BOUNDS[name]} {bound}" for name, bound in bounds.items())])


def _choices(port: Port, registry: Registry) -> str:
    if port.file_choice:
        return f"a file of kind {port.file_choice.kind}"
    if port.choices is None:
        return f"one of {', '.join(map(str, port.schema['enum']))}" if "enum" in port.schema else ""
    names = sorted(registry.tables.get(port.choices.table, ()))
    return f"one of {', '.join(names[:MOST_CHOICES])}" if names else f"a name of {port.choices.table}"
