"""Checking alone: the problems that compiling has, and no file read for a key."""

from pathlib import Path
from typing import Annotated, Any

import pytest

from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.node import node
from nodeflow.plan import compile as compile_graph
from nodeflow.plan import examine
from nodeflow.problems import GraphError
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.widgets import FileChoice


@node
def load(file: Annotated[str, FileChoice("texts")]) -> str: ...


@node
def join(a: str, b: str = "") -> str: ...


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add_nodes(NodeSpec.of(each) for each in (load, join))
    return registry


class Unread(Folders):
    """Folders whose files nobody may read."""

    def digest(self, kind: str, name: str) -> str:
        raise AssertionError(f"{kind}/{name} is read")


def test_a_sound_graph_is_told_by_what_its_nodes_need(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"a")
    folders = Unread((ModelFolder("texts", tmp_path),))
    nodes = {
        "both": {"type": "Join", "links": {"a": "one.text", "b": "two.text"}},
        "one": {"type": "Load", "values": {"file": "a.safetensors"}},
        "two": {"type": "Join", "links": {"a": "one.text"}},
    }
    graph = parse({"nodeflow": 1, "nodes": nodes})
    sound = examine(graph, registry, folders=folders)
    assert sound.needs == {"both": ["one", "two"], "one": [], "two": ["one"]}
    assert sound.nodes["two"].values == {"b": ""}
    assert list(examine(graph, registry, folders=folders, targets=["two"]).nodes) == ["one", "two"]
    with pytest.raises(AssertionError, match=r"texts/a\.safetensors is read"):
        compile_graph(graph, registry, folders=folders)


@pytest.mark.parametrize(
    ("nodes", "targets"),
    [
        ({"a": {"type": "Join"}, "b": {"type": "Joyn"}}, None),
        ({"a": {"type": "Join", "links": {"a": "b.text"}}, "b": {"type": "Join", "links": {"a": "a.text"}}}, None),
        ({"a": {"type": "Join"}, "b": {"type": "Joyn"}}, ["a", "c"]),
        ({"a": {"type": "Load", "values": {"file": "b.safetensors"}}}, None),
    ],
)
def test_the_problems_are_those_of_compiling(registry: Registry, nodes: Any, targets: list[str] | None) -> None:
    graph = parse({"nodeflow": 1, "nodes": nodes, "inputs": {"x": "a.c"}})
    found = []
    for call in (examine, compile_graph):
        with pytest.raises(GraphError) as caught:
            call(graph, registry, targets=targets)
        found.append(caught.value.problems)
    assert found[0] == found[1]
    assert len(found[0]) > 1
