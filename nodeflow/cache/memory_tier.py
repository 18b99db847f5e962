"""Step outputs in memory, bounded in bytes."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from nodeflow.cache.entry import Entry, footprint

CHEAPEST = 1e-3
"""Seconds: what a step costs at least, so that a cheap one still counts for something."""


@dataclass(slots=True)
class _Kept:
    """An entry, its bytes, and its rank: the lowest goes first."""

    entry: Entry
    nbytes: int
    rank: float


class MemoryTier:
    """Keeps the entries that are worth most for their size: recompute cost x recency / bytes.

    Recency comes in as in GreedyDual-Size (Cao and Irani, "Cost-aware WWW proxy caching algorithms", 1997): an entry's
    rank is cost / bytes above a floor that rises to the rank of each entry evicted, and every use lifts it anew. An
    expensive entry thus outlives many cheap ones, but not for ever. Safe to use from any thread.
    """

    def __init__(self, budget: int) -> None:
        if budget < 0:
            raise ValueError(f"the budget of a cache is a number of bytes, 0 or more, not {budget!r}")
        self.budget = budget
        self._kept: dict[str, _Kept] = {}
        self._queue: list[tuple[float, str]] = []
        self._floor = 0.0
        self._nbytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> Entry | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._rank(key, kept)
            return kept.entry

    def has(self, key: str) -> bool:
        return key in self._kept

    def put(self, key: str, entry: Entry) -> bool:
        """Keep an entry; False when it is larger than the budget, or worth less than what is there already."""
        nbytes = footprint(entry.outputs) + footprint(entry.parts) + footprint(entry.warnings)
        with self._lock:
            self._drop(key)
            if nbytes > self.budget:
                return False
            kept = _Kept(entry, nbytes, -1.0)
            self._kept[key] = kept
            self._nbytes += nbytes
            self._rank(key, kept)
            evicted = self._evict()
            stays = key in self._kept
        del evicted  # Arrays are freed here, outside the lock.
        return stays

    def remove(self, key: str) -> None:
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._queue.clear()
            self._nbytes = 0

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every key and entry, the one put last first. No use: ranks stay as they are."""
        with self._lock:
            kept = list(self._kept.items())
        for key, each in reversed(kept):
            yield key, each.entry

    @property
    def nbytes(self) -> int:
        return self._nbytes

    def __len__(self) -> int:
        return len(self._kept)

    def _rank(self, key: str, kept: _Kept) -> None:
        rank = self._floor + max(kept.entry.seconds, CHEAPEST) / max(kept.nbytes, 1)
        if rank == kept.rank:
            return
        kept.rank = rank
        heapq.heappush(self._queue, (kept.rank, key))
        if len(self._queue) > 2 * len(self._kept) + 64:
            # Every use leaves an outdated place in the queue; this sweeps them out, at a cost spread over the uses.
            self._queue = [(each.rank, name) for name, each in self._kept.items()]
            heapq.heapify(self._queue)

    def _evict(self) -> list[Entry]:
        evicted = []
        while self._nbytes > self.budget:
            rank, key = heapq.heappop(self._queue)
            kept = self._kept.get(key)
            if kept is not None and kept.rank == rank:
                self._floor = rank
                evicted.append(kept.entry)
                self._drop(key)
        return evicted

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._nbytes -= kept.nbytes
