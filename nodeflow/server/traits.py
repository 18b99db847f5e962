"""What tells a run from others of its graph, short enough for every list: the inputs that were given, and the seeds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nodeflow.api.run import MAX_LETTERS, MAX_TRAITS, RunRequest
from nodeflow.graph import Graph, split_port
from nodeflow.registry import Registry

End = tuple[str, str]


def told(request: RunRequest) -> list[str]:
    """The inputs that tell the runs of a request from others: those that it gives, of a batch those that differ."""
    if request.batch is None:
        return list(request.inputs)
    lists: Mapping[str, Sequence[Any]] = {**request.batch.zip, **request.batch.product}
    return [name for name, values in lists.items() if any(repr(value) != repr(values[0]) for value in values)]


def traits(graph: Graph, names: Sequence[str], registry: Registry) -> dict[str, Any]:
    """Values of a graph as it shall run, by the names that `--set` takes: of the named inputs, then of seeds."""
    ends = {name: end for name in names[:MAX_TRAITS] if (end := split_port(graph.inputs[name])) is not None}
    known = {split_port(text): name for name, text in reversed(graph.inputs.items())}
    for end in _seeds(graph, registry):
        if len(ends) >= MAX_TRAITS:
            break
        if end not in ends.values():
            ends[known.get(end, ".".join(end))] = end
    return {name: _brief(_value(graph, registry, end)) for name, end in ends.items()}


def _seeds(graph: Graph, registry: Registry) -> Iterator[End]:
    """The inputs that hold a seed which no link brings."""
    for node_id, node in graph.nodes.items():
        # What the targets do not need may be of a type that is not there.
        spec = registry.nodes.get(node.type)
        for name, port in spec.inputs.items() if spec is not None else ():
            if port.seed and name not in node.links:
                yield node_id, name


def _value(graph: Graph, registry: Registry, end: End) -> Any:
    node = graph.nodes[end[0]]
    return node.values[end[1]] if end[1] in node.values else registry.nodes[node.type].inputs[end[1]].default


def _brief(value: Any) -> Any:
    """What is long as its first letters; lists and objects as JSON."""
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_LETTERS else f"{text[: MAX_LETTERS - 1]}…"
