"""The composition root: a catalogue with a cache, models and an executor, each made when it is first asked for."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from nodeflow.builder import NodeHandle, Output
from nodeflow.cache import Cache
from nodeflow.catalogue import Catalogue
from nodeflow.context import Cancellation
from nodeflow.executor import Executor, Listener, Result
from nodeflow.graph import Graph, open_seeds
from nodeflow.models import ModelStore
from nodeflow.plan import Plan, compile  # noqa: A004 (it is what it is called)

FALLBACK_MEMORY = 8 << 30


class App(Catalogue):
    """Everything below the roof: what it takes to run graphs."""

    @cached_property
    def models(self) -> ModelStore:
        budget = self.config.model_memory
        return ModelStore(_memory() // 2 if budget is None else budget)

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

    def close(self) -> None:
        """Let plugins end that got ready to run graphs. A second call does nothing."""
        if "executor" in vars(self):
            self._ending()

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


def _memory() -> int:
    """Bytes of physical memory, where the system says."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return FALLBACK_MEMORY
