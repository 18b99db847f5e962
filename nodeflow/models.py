"""Loaded models in memory, by key, bounded in bytes."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar, cast

T = TypeVar("T")

FALLBACK_MEMORY = 8 << 30
"""Bytes of memory where the system does not say how many there are."""


@dataclass(slots=True)
class _Held:
    """One model and how many leases hold it."""

    model: Any
    nbytes: int
    leases: int = 0


def half_of_memory() -> int:
    """Bytes: half of the physical memory, or of eight gigabytes where the system does not say how much that is."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return FALLBACK_MEMORY // 2


class ModelStore:
    """Keeps the models used last, up to `budget` bytes in all, for every thread of a process.

    A model is loaded once however many ask for it at the same time. What a lease holds is never evicted, so the
    budget can be exceeded while steps run, and by a model that is larger than the budget: that one is dropped as soon
    as its lease ends. Room is made before loading, so that the old and the new are not in memory together.
    """

    def __init__(self, budget: int) -> None:
        if budget < 0:
            raise ValueError(f"the budget of a model store is a number of bytes, 0 or more, not {budget!r}")
        self.budget = budget
        self._models: OrderedDict[Hashable, _Held] = OrderedDict()
        self._loading: dict[Hashable, int] = {}
        self._changed = threading.Condition()

    def lease(self) -> Lease:
        """A context manager; the models got through it stay until it ends."""
        return Lease(self)

    def get(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:
        """The model of `key`, loaded if need be; `nbytes` is what it takes in memory."""
        with self.lease() as lease:
            return lease.get(key, load, nbytes)

    def keys(self) -> tuple[Hashable, ...]:
        """What is in memory, longest unused first."""
        with self._changed:
            return tuple(self._models)

    @property
    def nbytes(self) -> int:
        """Bytes in use, with what is being loaded."""
        with self._changed:
            return self._used()

    def clear(self) -> None:
        """Drop every model that no lease holds."""
        with self._changed:
            dropped = self._evict(0)
        dropped.clear()

    def take(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:
        """The model, with one more lease on it: for `Lease`, which gives it back."""
        with self._changed:
            # When the one who loads fails, the next who waits loads for itself: the failure may be a cancellation.
            while key in self._loading:
                self._changed.wait()
            if (held := self._models.get(key)) is not None:
                self._models.move_to_end(key)
                held.leases += 1
                return cast("T", held.model)
            self._loading[key] = nbytes
            dropped = self._evict(self.budget)
        # Outside the lock: freeing gigabytes takes its time, and a finaliser may ask for a model.
        dropped.clear()
        return self._load(key, load, nbytes)

    def _load(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:
        try:
            model = load()
            with self._changed:
                self._models[key] = _Held(model, nbytes, leases=1)
            return model
        finally:
            with self._changed:
                del self._loading[key]
                self._changed.notify_all()

    def give_back(self, keys: Iterable[Hashable]) -> None:
        """End one lease on each of the models."""
        with self._changed:
            for key in keys:
                self._models[key].leases -= 1
            dropped = self._evict(self.budget)
        dropped.clear()

    def _used(self) -> int:
        return sum(held.nbytes for held in self._models.values()) + sum(self._loading.values())

    def _evict(self, budget: int) -> list[_Held]:
        """Take the longest unused out until `budget` is kept. What it returns dies when the caller lets go of it."""
        used, dropped = self._used(), []
        for key, held in list(self._models.items()):
            if used <= budget:
                break
            if held.leases == 0:
                used -= held.nbytes
                dropped.append(self._models.pop(key))
        return dropped


class Lease:
    """Holds the models that one step got, until the step ends. Threads of the step may share it."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._keys: set[Hashable] = set()
        self._lock = threading.Lock()
        self._ended = False

    def get(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:
        """The model of `key`, loaded if need be; `nbytes` is what it takes in memory."""
        if self._ended:
            raise RuntimeError(f"the step that may use {key!r} has ended")
        model = self._store.take(key, load, nbytes)
        with self._lock:
            again = key in self._keys
            self._keys.add(key)
        if again:
            self._store.give_back([key])
        return model

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._ended = True
            keys = list(self._keys)
            self._keys.clear()
        self._store.give_back(keys)
