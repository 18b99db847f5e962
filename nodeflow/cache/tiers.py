"""The cache of step outputs: memory first, then disk."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodeflow.cache.disk_tier import DiskTier, Warn
from nodeflow.cache.entry import Entry
from nodeflow.cache.entry_file import UnstorableError
from nodeflow.cache.explanation import Earlier, Explanation
from nodeflow.cache.history import History
from nodeflow.cache.memory_tier import MemoryTier
from nodeflow.types import WireType

if TYPE_CHECKING:
    from nodeflow.plan import Step

REMEMBERED = 2000
"""Entries of one type, the latest first, that a history knows of each tier."""

log = logging.getLogger(__name__)


class Cache:
    """Keeps what steps gave, by key. Without a folder, and for types without a codec, in memory only.

    It never fails a run: what cannot be read or written is a warning and a miss. Safe to use from any thread, and from
    any number of processes that share the folder.
    """

    def __init__(
        self,
        memory_bytes: int = 0,
        folder: Path | None = None,
        disk_bytes: int = 0,
        types: Mapping[str, WireType] | None = None,
    ) -> None:
        self._types = types or {}
        self.memory = MemoryTier(memory_bytes)
        self.disk = DiskTier(folder, disk_bytes, self._types) if folder is not None and disk_bytes > 0 else None

    def know(self, types: Mapping[str, WireType]) -> None:
        """Go on with other wire types, as when plugins are loaded anew."""
        self._types = types
        if self.disk is not None:
            self.disk.know(types)

    def recall(self, key: str) -> Entry | None:
        """The entry if it is in memory: at once, without touching the disk."""
        return self.memory.get(key)

    def get(self, key: str, type_name: str, warn: Warn | None = None) -> Entry | None:
        """The entry, from memory or else from disk; `warn` hears of a damaged file."""
        entry = self.memory.get(key)
        if entry is None and self.disk is not None:
            entry = self.disk.get(key, type_name, warn)
            if entry is not None:
                self.remember(key, entry)
        return entry

    def has(self, key: str, type_name: str) -> bool:
        """Whether there is an entry. It may still turn out damaged, or be gone a moment later."""
        return self.memory.has(key) or self.on_disk(key, type_name)

    def on_disk(self, key: str, type_name: str) -> bool:
        """Whether there is a file for it, which may still turn out damaged."""
        return self.disk is not None and self.disk.has(key, type_name)

    def put(self, key: str, entry: Entry, warn: Warn | None = None) -> None:
        """Keep an entry wherever it may be kept."""
        self.remember(key, entry)
        self.write(key, entry, warn)

    def remember(self, key: str, entry: Entry) -> None:
        """Keep an entry in memory: at once."""
        if self._may_be_kept(entry):
            self.memory.put(key, entry)

    def write(self, key: str, entry: Entry, warn: Warn | None = None) -> None:
        """Keep an entry on disk, if there is one."""
        if self.disk is None or not self._may_be_kept(entry):
            return
        try:
            self.disk.put(key, entry)
        except UnstorableError:
            log.debug("%s stays in memory only: its type has no codec", entry.type)
        except Exception as error:  # noqa: BLE001 - a codec is a plugin's, and a full disk is no reason to fail a run
            message = f"what {entry.node_id or entry.type!r} gave could not be kept on disk: {error}"
            log.warning("%s", message)
            if warn is not None:
                warn(message)

    def remove(self, key: str, type_name: str) -> None:
        """Forget an entry."""
        self.memory.remove(key)
        if self.disk is not None:
            self.disk.remove(key, type_name)

    def explain(self, step: Step) -> Explanation:
        """Why the step would have to run now."""
        return self.history().explain(step)

    def history(self) -> History:
        """What explains the steps of one run."""
        return History(self._earlier, self.has)

    def usage(self) -> dict[str, Any]:
        """Entries and bytes of each tier, and their budgets."""
        usage: dict[str, Any] = {
            "memory": {"entries": len(self.memory), "bytes": self.memory.nbytes, "budget": self.memory.budget}
        }
        if self.disk is not None:
            usage["disk"] = {"entries": self.disk.count(), "bytes": self.disk.nbytes(), "budget": self.disk.budget}
        return usage

    def clear(self) -> None:
        self.memory.clear()
        if self.disk is not None:
            self.disk.clear()

    def _earlier(self, type_name: str) -> Iterator[Earlier]:
        kept = (entry for _, entry in self.memory.entries() if entry.type == type_name)
        for entry in islice(kept, REMEMBERED):
            yield Earlier(entry.parts, entry.node_id)
        if self.disk is not None:
            for manifest in self.disk.manifests(type_name, REMEMBERED):
                yield Earlier(manifest["parts"], manifest["node_id"])

    def _may_be_kept(self, entry: Entry) -> bool:
        """Whether no output, of whatever output, is of a type that is kept nowhere."""
        unkept = tuple(wire.python for wire in self._types.values() if not wire.cache)
        return not any(isinstance(value, unkept) for value in entry.values())
