"""`--set NAME=VALUE`: which input is meant, and its value, read by the type that the input declares."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodeflow import json_document
from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import UsageError
from nodeflow.errors import nearest
from nodeflow.folders import STORED
from nodeflow.graph import Graph, split_port
from nodeflow.problems import Problems

TRUTH: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """One `--set`, taken apart: the how-many-th, what the user called it, the node and input it means, the text."""

    place: int
    name: str
    node_id: str
    input: str
    text: str


def apply_settings(graph: Graph, texts: Sequence[str], catalogue: Catalogue) -> Graph:
    """The graph with every `--set` applied.

    Raises UsageError for text that is no `NAME=VALUE`, and for all that does not read as its input's type, and
    GraphError for a name that the graph does not have.
    """
    values: dict[Setting, Any] = {}
    wrong: list[str] = []
    for each in settings(graph, texts):
        with noted(wrong):
            values[each] = _value(each, graph, catalogue)
    return with_values(graph, values, wrong)


@contextmanager
def noted(wrong: list[str]) -> Iterator[None]:
    """Keep what is wrong with a setting, so that all that are wrong are told of at once."""
    try:
        yield
    except UsageError as error:
        wrong.append(str(error))


def with_values(graph: Graph, values: Mapping[Setting, Any], wrong: Sequence[str]) -> Graph:
    """The graph with the values that the settings were read as.

    Raises UsageError for what is `wrong` with the others, and where two are for one input.
    """
    if wrong:
        raise UsageError("\n".join(wrong))
    changed: dict[str, dict[str, Any]] = {}
    for setting, value in values.items():
        node = changed.setdefault(setting.node_id, {})
        if setting.input in node:
            raise UsageError(f"--set gives {setting.node_id}.{setting.input} two values; it takes one")
        node[setting.input] = value
    return _unlinked(graph, changed).with_values(changed)


def settings(graph: Graph, texts: Sequence[str]) -> list[Setting]:
    """Every `--set`, taken apart. Raises UsageError and GraphError as `apply_settings` does."""
    pairs = [_split(text) for text in texts]
    named = {name: text for name, text in pairs if not _is_port(graph, name)}
    # Whatever the names are wrong about, the graph itself says, all at once.
    graph.with_inputs(dict(named))
    return [Setting(place, name, *_port_of(graph, name), text) for place, (name, text) in enumerate(pairs)]


def in_their_words(said: str, graph: Graph, texts: Sequence[str]) -> str:
    """What was said of a graph with these settings; files that went into the store are called as the user did."""
    for each in settings(graph, texts):
        value = graph.nodes[each.node_id].values.get(each.input)
        if isinstance(value, str) and value.startswith(STORED):
            said = said.replace(value, each.text)
    return said


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {text!r} should look like --set NAME=VALUE")
    return name, value


def _is_port(graph: Graph, name: str) -> bool:
    """Whether a name is NODE.INPUT of a node there is, rather than one of the graph's own inputs."""
    port = split_port(name)
    return name not in graph.inputs and port is not None and port[0] in graph.nodes


def _port_of(graph: Graph, name: str) -> tuple[str, str]:
    port = split_port(graph.inputs.get(name, name))
    assert port is not None, "the graph has said that it has this input"
    return port


def _unlinked(graph: Graph, changed: Mapping[str, Mapping[str, Any]]) -> Graph:
    """A value that is set takes the place of a link."""
    nodes = dict(graph.nodes)
    for node_id, values in changed.items():
        links = {name: link for name, link in nodes[node_id].links.items() if name not in values}
        nodes[node_id] = nodes[node_id].model_copy(update={"links": links})
    return graph.model_copy(update={"nodes": nodes})


def _value(setting: Setting, graph: Graph, catalogue: Catalogue) -> Any:
    spec = catalogue.registry.nodes.get(graph.nodes[setting.node_id].type)
    port = spec.inputs.get(setting.input) if spec else None
    if port is None or not port.value:
        # The compiler says what is wrong with the node or the input, with its place.
        return setting.text
    if port.seed and setting.text == "random":
        # A seed that is left open is drawn when the graph is planned.
        return None
    if port.nullable and setting.text == "null" and port.type != "str":
        return None
    if port.file_choice is not None:
        return _file(setting, port.file_choice.kind, catalogue)
    return read_value(port.type, setting.text, setting.name)


def read_value(type_name: str, text: str, name: str) -> Any:
    """Text as a value of a type: text as it is, whole numbers, numbers, true or false, and JSON for all else.

    Raises UsageError, which calls the value `name`, for text that does not read as the type.
    """
    if type_name == "str":
        return text
    return READERS.get(type_name, _json)(text, name)


def _integer(text: str, name: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]{1,300}", text) is None:
        raise UsageError(f"--set {name}: {text!r} is no whole number")
    return int(text)


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"--set {name}: {text!r} is no number")
    return number


def _boolean(text: str, name: str) -> bool:
    if text not in TRUTH:
        raise UsageError(f"--set {name}: {text!r} is neither true nor false")
    return TRUTH[text]


def _json(text: str, name: str) -> Any:
    problems = Problems()
    value = json_document.read(text, problems)
    if len(problems):
        first = next(iter(problems))
        raise UsageError(f"--set {name}: {text!r} is not JSON: {first.message}")
    return value


READERS: Mapping[str, Callable[[str, str], Any]] = {
    "int": _integer,
    "float": _number,
    "bool": _boolean,
}


def _file(setting: Setting, kind: str, catalogue: Catalogue) -> str:
    """A name of the kind, or a file here, put into the store so that the graph still means it elsewhere."""
    text, path = setting.text, Path(setting.text).expanduser()
    is_path = text.startswith((".", "~")) or path.is_absolute()
    if text.startswith(STORED) or (not is_path and text in catalogue.folders.names(kind)):
        return text
    if path.is_file():
        return f"{STORED}{_kept(setting, path, catalogue)}"
    if is_path or path.exists():
        hint = "; a folder of models is named in the settings" if path.is_dir() else ""
        raise UsageError(f"--set {setting.name}: {text!r} is no file{hint}")
    if nearest(text, catalogue.folders.names(kind)) is None:
        more = f"nor is one of {kind} called so (see nodeflow models)"
        raise UsageError(f"--set {setting.name}: there is no file {text!r} here, {more}")
    # A misspelt name: the compiler tells the nearest.
    return text


def _kept(setting: Setting, path: Path, catalogue: Catalogue) -> str:
    try:
        return catalogue.store.put(path)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"--set {setting.name}: {setting.text!r} cannot be copied into the store: {why}") from error
