"""Step outputs on disk, bounded in bytes, one file an entry, shared by any number of processes."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nodeflow.cache import entry_file
from nodeflow.cache.entry import Entry
from nodeflow.cache.entry_file import DamagedError
from nodeflow.keys import EPOCH
from nodeflow.types import WireType

SUFFIX = ".safetensors"
PART = ".part"
ABANDONED = 3600.0
"""Seconds after which a half-written file is nobody's any more."""
HEADROOM = 0.9
RECOUNT = 256
"""Entries written between two looks at what other processes wrote."""

Warn = Callable[[str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file of the tier, its bytes and when it was last used."""

    path: Path
    nbytes: int
    used: float


class DiskTier:
    """Entries under `<folder>/v<epoch>/<type>/<first two digits>/<key>.safetensors`, the longest unused dropped first.

    A file is written beside its place and moved there whole, and its name says what is in it, so processes that share
    the folder need no locks: the worst that can happen is that two of them do the same work. A damaged file is
    deleted with a warning, and counts as none.
    """

    def __init__(self, folder: Path, budget: int, types: Mapping[str, WireType]) -> None:
        if budget < 0:
            raise ValueError(f"the budget of a cache is a number of bytes, 0 or more, not {budget!r}")
        self.folder = folder / f"v{EPOCH}"
        self.budget = budget
        self._types = types
        self._lock = threading.Lock()
        self._nbytes = 0
        self._until_recount = 0

    def path(self, key: str, type_name: str) -> Path:
        """Where the entry lies, or would lie."""
        return self.folder / quote(type_name, safe="") / key[:2] / f"{key}{SUFFIX}"

    def has(self, key: str, type_name: str) -> bool:
        return self.path(key, type_name).exists()

    def get(self, key: str, type_name: str, warn: Warn | None = None) -> Entry | None:
        """The entry, or None when there is none, or a damaged one."""
        path = self.path(key, type_name)
        try:
            entry = entry_file.read(path, key, self._types)
        except FileNotFoundError:
            return None
        except (DamagedError, OSError) as error:
            self._discard(path, error, warn)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return entry

    def put(self, key: str, entry: Entry) -> None:
        """Write an entry; raises `UnstorableError` when it has no form on disk, and `OSError`."""
        path = self.path(key, entry.type)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{key}.{secrets.token_hex(8)}{PART}")
        try:
            entry_file.write(beside, key, entry, self._types)
            nbytes = beside.stat().st_size
            if nbytes <= self.budget:
                beside.replace(path)
                self._count(nbytes)
        finally:
            beside.unlink(missing_ok=True)

    def remove(self, key: str, type_name: str) -> None:
        _delete(self.path(key, type_name))

    def manifests(self, type_name: str, most: int) -> Iterator[dict[str, Any]]:
        """What the entries of a type say of themselves, the one used last first, `most` of them at most."""
        found = sorted(_files(self.folder / quote(type_name, safe="")), key=lambda file: file.used, reverse=True)
        for file in found[:most]:
            with contextlib.suppress(DamagedError, OSError):
                yield entry_file.read_manifest(file.path)

    def nbytes(self) -> int:
        """Bytes on disk now, whoever wrote them."""
        return sum(file.nbytes for file in _files(self.folder))

    def count(self) -> int:
        """Entries on disk now."""
        return sum(1 for _ in _files(self.folder))

    def clear(self) -> None:
        for file in _files(self.folder):
            _delete(file.path)
        with self._lock:
            self._nbytes = 0

    def _discard(self, path: Path, error: Exception, warn: Warn | None) -> None:
        message = f"the cache entry {path.name} is damaged ({error}); it is deleted and computed again"
        log.warning("%s", message)
        _delete(path)
        if warn is not None:
            warn(message)

    def _count(self, nbytes: int) -> None:
        with self._lock:
            self._nbytes += nbytes
            self._until_recount -= 1
            if self._until_recount <= 0 or self._nbytes > self.budget:
                self._until_recount = RECOUNT
                self._nbytes = self._shrink()

    def _shrink(self) -> int:
        """Delete the longest unused while there is too much, with some headroom; the answer is what is left."""
        files = sorted(_files(self.folder), key=lambda file: file.used)
        left = sum(file.nbytes for file in files)
        if left > self.budget:
            for file in files:
                if left <= self.budget * HEADROOM:
                    break
                _delete(file.path)
                left -= file.nbytes
        return left


def _files(folder: Path) -> Iterator[_Found]:
    """Every entry under a folder. Half-written files that were left behind are deleted on the way."""
    now = time.time()
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            try:
                status = path.stat()
            except OSError:
                continue
            if name.endswith(SUFFIX):
                yield _Found(path, status.st_size, status.st_mtime)
            elif name.endswith(PART) and now - status.st_mtime > ABANDONED:
                _delete(path)


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
