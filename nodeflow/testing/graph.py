"""Running a graph in a test: everything computed anew, in a cache and a file store that are gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nodeflow.cache import Cache
from nodeflow.executor import Executor, Result
from nodeflow.folders import Folders
from nodeflow.graph import Graph, open_seeds, parse
from nodeflow.models import ModelStore
from nodeflow.plan import compile, upgrade  # noqa: A004 (it is what it is called)
from nodeflow.registry import Registry
from nodeflow.store import Store
from nodeflow.testing.tiny import folders_below
from nodeflow.testing.trial import installed

MEMORY = 1 << 30
SETTINGS = {"device": "cpu", "dtype": "auto"}


def run_graph(
    graph: Graph | Mapping[str, Any] | Path,
    *,
    targets: Sequence[str] | None = None,
    inputs: Mapping[str, Any] | None = None,
    models: Path | None = None,
) -> Result:
    """Run a graph of what is installed: a document, or the file with one. Open seeds are 0, or the lowest there is.

    `inputs` are values for the graph's inputs; `result["node.output"]` is an output of one of the `targets`. `models`
    is a folder with model files by kind, as `write_tiny_models` makes one, beside what plugins bring. Raises
    GraphError with every problem, and NodeFailed where a node fails.
    """
    plugins = installed()
    folders = Folders((*folders_below(models), *plugins.folders))
    return run_anew(_read(graph).with_inputs(inputs or {}), plugins.registry, folders, targets)


def run_anew(graph: Graph, registry: Registry, folders: Folders, targets: Sequence[str] | None = None) -> Result:
    """Run a graph with nothing kept from before. Raises as `run_graph` does."""
    ready = open_seeds(upgrade(graph, registry).graph, registry, draw=lambda _: 0)
    plan = compile(ready, registry, folders=folders, environment={}, targets=targets)
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        executor = Executor(
            registry,
            cache=Cache(MEMORY, types=registry.types),
            store=Store(Path(folder)),
            models=ModelStore(MEMORY),
            folders=folders,
            settings=SETTINGS,
        )
        return executor.run_sync(plan).raise_error()


def _read(graph: Graph | Mapping[str, Any] | Path) -> Graph:
    if isinstance(graph, Graph):
        return graph
    return parse(graph.read_bytes() if isinstance(graph, Path) else graph)
