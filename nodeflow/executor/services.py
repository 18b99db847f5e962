"""What all runs of one executor share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nodeflow.cache import Cache, Entry
from nodeflow.executor.resources import Resources
from nodeflow.folders import Folders
from nodeflow.models import ModelStore
from nodeflow.node import Node
from nodeflow.plan import Step
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.store import Store

WRITING = {"entries": 4, "bytes": 256 << 20}
"""What may wait to be written to disk; it is held in memory meanwhile."""

if TYPE_CHECKING:
    from nodeflow.executor.flight import Flight


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """The parts an executor is made of, and what is in the air: computations by key (of volatile steps, and run)."""

    registry: Registry
    cache: Cache
    store: Store | None
    folders: Folders | None
    models: ModelStore
    settings: Mapping[str, str]
    resources: Resources
    threads: ThreadPoolExecutor
    writing: Resources = field(default_factory=lambda: Resources(WRITING))
    flights: dict[str, Flight] = field(default_factory=dict)
    _lazy: dict[type[Node], frozenset[str]] = field(default_factory=dict)

    def usable(self, entry: Entry) -> bool:
        """Whether every file that a cached entry names is still in the store, where it counts as used now."""
        return all(self.store is not None and self.store.use(file.sha256) for file in entry.files())

    def read(self, step: Step, warn: Callable[[str], None]) -> Entry | None:
        """A step's entry from the cache, if it is there and usable; one that is not is removed."""
        entry = self.cache.get(step.key, step.spec.name, warn)
        if entry is None or self.usable(entry):
            return entry
        self.cache.remove(step.key, step.spec.name)
        return None

    def lazy_inputs(self, spec: NodeSpec) -> frozenset[str]:
        """The inputs of a node type that are computed only when asked for."""
        if spec.node not in self._lazy:
            self._lazy[spec.node] = frozenset(port.name for port in spec.inputs.values() if port.lazy)
        return self._lazy[spec.node]
