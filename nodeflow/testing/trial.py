"""Trying one node: inputs checked as a run checks them, the node run here and now, its outputs checked."""

from __future__ import annotations

import asyncio
import inspect
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nodeflow.context import Cancellation, Context, Reporter
from nodeflow.errors import NodeflowError, UnknownName
from nodeflow.executor.values import checked_input, checked_outputs
from nodeflow.folders import Folders
from nodeflow.node import Node
from nodeflow.plugins import Plugins, load_plugins
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port
from nodeflow.store import Store
from nodeflow.types import WireType


@dataclass(frozen=True)
class Trial:
    """A node type, and what it is tried with: wire types and choices of a registry, and model files."""

    spec: NodeSpec
    registry: Registry
    folders: Folders

    @classmethod
    def of(cls, node: type[Node]) -> Trial:
        """With all that is installed; the node itself, and the wire types it uses, need not be."""
        plugins = installed()
        spec = next((spec for spec in plugins.registry.nodes.values() if spec.node is node), None) or NodeSpec.of(node)
        return cls(spec, _with_types(plugins.registry, spec), Folders(plugins.folders))

    def given(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs as the node will get them.

        Raises UnknownName, and NodeflowError for one that is missing or does not fit.
        """
        for name in inputs:
            if name not in self.spec.inputs:
                raise UnknownName(f"input of {self.spec.name}", name, self.spec.inputs)
        if missing := [port.name for port in self.spec.inputs.values() if port.required and port.name not in inputs]:
            raise NodeflowError(f"{self.spec.name} needs {', '.join(missing)}")
        return {name: self.given_one(self.spec.inputs[name], value) for name, value in inputs.items()}

    def given_one(self, port: Port, value: Any) -> Any:
        """An input as the node will get it. Raises NodeflowError for what does not fit."""
        return checked_input(port, value, self.registry)

    def run(self, given: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
        """The outputs by name. Raises what the node raises, and OutputError for what is not as declared."""
        returned = self.spec.node(**given).run(ctx)
        if inspect.isawaitable(returned):
            returned = asyncio.run(_awaited(returned))
        return checked_outputs(self.spec, returned, self.registry)

    @contextmanager
    def context(self, cancellation: Cancellation | None = None, report: Reporter | None = None) -> Iterator[Context]:
        """A context with a file store of its own, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            yield Context(
                node_id="tried",
                run_id="trial",
                settings={"device": "cpu", "dtype": "auto"},
                store=Store(Path(folder)),
                folders=self.folders,
                choices=self.registry,
                cancellation=cancellation or Cancellation(),
                report=report,
            )


def run_node(node: type[Node], /, *, ctx: Context | None = None, **inputs: Any) -> Any:
    """Run one node, and give what it returns: the output, or the NamedTuple of several, or None.

    Inputs and outputs are checked as a run checks them; raises NodeflowError for what does not fit, and whatever the
    node raises, with its traceback. Without `ctx` the node has a file store that is gone afterwards, every choice and
    every model file that installed plugins bring.
    """
    trial = Trial.of(node)
    given = trial.given(inputs)
    if ctx is not None:
        return _returned(trial.spec, trial.run(given, ctx))
    with trial.context() as made:
        return _returned(trial.spec, trial.run(given, made))


@lru_cache(1)
def installed() -> Plugins:
    """The plugins that are installed, loaded once in a process; folders of plugins are not looked into."""
    return load_plugins()


def _returned(spec: NodeSpec, outputs: Mapping[str, Any]) -> Any:
    if spec.returns is not None:
        return spec.returns(**outputs)
    return next(iter(outputs.values()), None)


def _with_types(registry: Registry, spec: NodeSpec) -> Registry:
    """The registry, and the wire types of a node whose plugin is not installed."""
    ports = (*spec.inputs.values(), *spec.outputs.values())
    missing = {p.element: p.python for p in ports if p.python is not None and p.element not in registry.types}
    if not missing:
        return registry
    more = registry.copy()
    for name, python in missing.items():
        more.add_type(WireType(name, python, "#808080"), "tests")
    return more


async def _awaited(returned: Any) -> Any:
    return await returned
