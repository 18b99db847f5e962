"""A small laboratory: a registry, a cache, a store, and graphs written as dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nodeflow.cache import Cache
from nodeflow.events import Event
from nodeflow.executor import Executor, Result
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.models import ModelStore
from nodeflow.node import Node
from nodeflow.plan import Plan
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.store import Store
from nodeflow.types import WireType

MEGABYTES = 2**20


class Lab:
    """Everything a run needs, over one folder; a second one over the same folder is a second process, nearly."""

    def __init__(self, root: Path, *, memory: int = 100 * MEGABYTES, disk: int = 100 * MEGABYTES) -> None:
        self.root = root
        self.registry = Registry()
        self.store = Store(root / "store")
        self.folders = Folders((ModelFolder("models", root / "models"),), store=self.store)
        self.cache = Cache(memory, root / "cache", disk, self.registry.types)
        self.models = ModelStore(1000)
        self.events: list[Event] = []
        self.executor = self.make_executor()

    def make_executor(self, **capacity: int) -> Executor:
        self.executor = Executor(
            self.registry,
            cache=self.cache,
            store=self.store,
            models=self.models,
            folders=self.folders,
            settings={"device": "cpu"},
            capacity=capacity or {"cpu": 4, "device": 1},
        )
        return self.executor

    def add(self, *nodes: type[Node], **types: type) -> Lab:
        for name, python in types.items():
            self.registry.add_type(WireType(name, python, "#000000"), "test")
        self.registry.add_nodes(NodeSpec.of(each) for each in nodes)
        return self

    def plan(self, nodes: Mapping[str, Any], targets: Sequence[str] | None = None) -> Plan:
        graph = parse({"nodeflow": 1, "nodes": {node_id: expanded(node) for node_id, node in nodes.items()}})
        return compile_graph(graph, self.registry, folders=self.folders, targets=targets)

    def run(self, nodes: Mapping[str, Any], targets: Sequence[str] | None = None, **options: Any) -> Result:
        self.events.clear()
        return self.executor.run_sync(self.plan(nodes, targets), **{"listener": self.events.append, **options})

    def told(self, kind: str) -> list[str | None]:
        """The nodes that events of a kind were about, in order."""
        return [event.node_id for event in self.events if event.kind == kind]


def expanded(node: Any) -> dict[str, Any]:
    """`("Add", {"a": "one.number", "b": 2})` as a node: text with a dot is a link."""
    if isinstance(node, dict):
        return node
    type_name, inputs = (node, {}) if isinstance(node, str) else node
    links = {name: value for name, value in inputs.items() if isinstance(value, str) and "." in value}
    return {"type": type_name, "values": {k: v for k, v in inputs.items() if k not in links}, "links": links}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def make_lab(tmp_path: Path) -> Callable[..., Lab]:
    return lambda **options: Lab(tmp_path, **options)
