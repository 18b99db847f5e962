"""The composition root: a catalogue with a cache, models and an executor, each made when it is first asked for."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Self

from nodeflow.builder import NodeHandle, Output
from nodeflow.cache import Cache
from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.context import Cancellation
from nodeflow.executor import Executor, Listener, Result
from nodeflow.graph import Graph, open_seeds
from nodeflow.models import ModelStore
from nodeflow.plan import Plan, compile  # noqa: A004 (it is what it is called)

KEPT = ("store", "models", "cache", "settings")
"""The parts of an App that stay when its plugins are loaded anew."""


class App(Catalogue):
    """Everything below the roof: what it takes to run graphs."""

    def __init__(self, config: Config, *, quiet: bool = False) -> None:
        super().__init__(config, code_ids=True, quiet=quiet)

    @cached_property
    def models(self) -> ModelStore:
        return ModelStore(self.model_memory)

    @cached_property
    def cache(self) -> Cache:
        config = self.config
        return Cache(config.cache_memory, config.cache_dir / "steps", config.cache_disk, self.registry.types)

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """What nodes may know of the settings."""
        return {"device": self.config.device, "dtype": self.config.dtype}

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """What results depend on beside code and values; asked for once, as plugins look up versions for it."""
        return self.plugins.environment(self.settings)

    @cached_property
    def executor(self) -> Executor:
        """Made when a run is at hand, so plugins get ready now; they end with the process, or by `close`."""
        self._resting = weakref.finalize(self, self.plugins.rest)
        self._ending = weakref.finalize(self, self.plugins.begin(self.settings).close)
        return Executor(
            cache=self.cache,
            store=self.store,
            models=self.models,
            folders=self.folders,
            registry=self.registry,
            settings=self.settings,
            capacity={"cpu": self.config.cpus or os.cpu_count() or 1, "device": 1},
            observers=self.plugins.observers,
        )

    def renewed(self) -> Self:
        """The same with plugins as they are now: models, results and what they are computed with are kept.

        Plugins end and get ready again. This one is not to be used any more.
        """
        other = super().renewed()
        vars(other).update({name: vars(self)[name] for name in KEPT if name in vars(self)})
        if "cache" in vars(self):
            other.cache.know(other.registry.types)
        if "executor" in vars(self):
            self._ending()
            self._resting.detach()
            vars(other)["_resting"] = weakref.finalize(other, other.plugins.rest)
            vars(other)["_ending"] = weakref.finalize(other, other.plugins.begin(other.settings).close)
            self.executor.take(other.registry, other.folders, other.plugins.observers)
            vars(other)["executor"] = self.executor
        return other

    def close(self) -> None:
        """Let plugins end that got ready to run graphs, and the processes of isolated ones.

        A second call does nothing.
        """
        if "executor" in vars(self):
            self._ending()
            self._resting()
        elif "plugins" in vars(self):
            # A plan asks them what results depend on, so a process may have begun without anything to run.
            self.plugins.rest()

    def plan(self, graph: Graph, targets: Sequence[str] | None = None) -> Plan:
        """The plan of a graph, upgraded, whose open seeds are drawn now. Raises GraphError with every problem."""
        graph, notes = self.upgrade(graph)
        graph = open_seeds(graph, self.registry)
        plan = compile(graph, self.registry, folders=self.folders, environment=self.environment, targets=targets)
        return plan.noting(notes)

    def run(
        self,
        graph: Graph,
        targets: Iterable[str | NodeHandle | Output] | None = None,
        *,
        listener: Listener | None = None,
        cancel: Cancellation | None = None,
        use_cache: bool = True,
        explain: bool = False,
    ) -> Result:
        """Plan a graph and run it here and now, as `Executor.run_sync` does.

        `targets` are the nodes, or outputs of nodes, that are wanted: by name, or as a builder gave them. Raises
        GraphError with every problem; failures and cancellation are told by the result.
        """
        wanted = None if targets is None else [str(target).partition(".")[0] for target in targets]
        plan = self.plan(graph, wanted)
        return self.executor.run_sync(plan, listener=listener, cancel=cancel, use_cache=use_cache, explain=explain)
