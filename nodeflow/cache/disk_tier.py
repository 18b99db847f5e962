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
from typing import Any, BinaryIO
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
SHARE = 16
"""Bytes written between two looks at what other processes wrote: the budget divided by this."""

RECOUNT = 256
"""Entries written between two looks, at least. With many on disk it is a quarter of them, so that the looks of a long
run cost no more than its writes."""

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
    the folder need no locks: the worst that can happen is that two of them do the same work. A damaged file counts as
    none; of all who find it damaged at the same time the one that deletes it tells.

    Room is made before an entry is moved in place, so one process alone never exceeds the budget; each further one
    may, by a sixteenth of it, until it looks again. Entries of older epochs count, and are the first to go.
    """

    def __init__(self, folder: Path, budget: int, types: Mapping[str, WireType]) -> None:
        if budget < 0:
            raise ValueError(f"the budget of a cache is a number of bytes, 0 or more, not {budget!r}")
        self.root = folder
        self.folder = folder / f"v{EPOCH}"
        self.budget = budget
        self._types = types
        self._lock = threading.Lock()
        self._nbytes = 0
        self._entries_until_look = 0
        self._bytes_until_look = 0

    def know(self, types: Mapping[str, WireType]) -> None:
        """Read and write with other wire types from now on."""
        self._types = types

    def path(self, key: str, type_name: str) -> Path:
        """Where the entry lies, or would lie."""
        return self.folder / quote(type_name, safe="") / key[:2] / f"{key}{SUFFIX}"

    def has(self, key: str, type_name: str) -> bool:
        return self.path(key, type_name).exists()

    def get(self, key: str, type_name: str, warn: Warn | None = None) -> Entry | None:
        """The entry, or None when there is none, or a damaged one."""
        path = self.path(key, type_name)
        try:
            with path.open("rb") as stream:
                return self._read(stream, path, key, warn)
        except FileNotFoundError:
            return None
        except OSError as error:
            _tell(f"the cache entry {path.name} cannot be opened ({error}); it is computed again", warn)
            return None

    def put(self, key: str, entry: Entry) -> None:
        """Write an entry; raises `UnstorableError` when it has no form on disk, and `OSError`."""
        path = self.path(key, entry.type)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{key}.{secrets.token_hex(8)}{PART}")
        try:
            entry_file.write(beside, key, entry, self._types)
            nbytes = beside.stat().st_size
            if nbytes <= self.budget:
                with self._lock:
                    self._make_room(nbytes)
                    beside.replace(path)
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
        return sum(file.nbytes for file in _files(self.root))

    def count(self) -> int:
        """Entries on disk now."""
        return sum(1 for _ in _files(self.root))

    def clear(self) -> None:
        for file in _files(self.root):
            _delete(file.path)
        with self._lock:
            self._entries_until_look = 0

    def _read(self, stream: BinaryIO, path: Path, key: str, warn: Warn | None) -> Entry | None:
        try:
            entry = entry_file.read(stream, key, self._types)
        except (DamagedError, OSError) as error:
            self._discard(path, os.fstat(stream.fileno()), error, warn)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return entry

    def _discard(self, path: Path, read: os.stat_result, error: Exception, warn: Warn | None) -> None:
        """Delete what was read, unless somebody else has, or has put a whole one in its place."""
        message = f"the cache entry {path.name} is damaged ({error}); it is deleted and computed again"
        try:
            # While it is open its number is given to no other file; the lock keeps ours from coming in between.
            with self._lock:
                if not os.path.samestat(read, path.stat()):
                    return
                path.unlink()
        except FileNotFoundError:
            return
        except OSError as failure:
            message = f"the cache entry {path.name} is damaged ({error}) and cannot be deleted ({failure})"
        _tell(message, warn)

    def _make_room(self, nbytes: int) -> None:
        """Count an entry that is about to come, and delete what it has no room beside."""
        self._entries_until_look -= 1
        self._bytes_until_look -= nbytes
        self._nbytes += nbytes
        if self._entries_until_look <= 0 or self._bytes_until_look <= 0 or self._nbytes > self.budget:
            self._look(nbytes)

    def _look(self, coming: int) -> None:
        """Count what is there, and delete the longest unused if it is too much, with some headroom."""
        files = sorted(_files(self.root), key=lambda file: file.used)
        self._nbytes = sum(file.nbytes for file in files) + coming
        most = self.budget if self._nbytes <= self.budget else max(self.budget * HEADROOM, coming)
        for file in files:
            if self._nbytes <= most:
                break
            _delete(file.path)
            self._nbytes -= file.nbytes
        self._entries_until_look = max(RECOUNT, len(files) // 4)
        self._bytes_until_look = self.budget // SHARE


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


def _tell(message: str, warn: Warn | None) -> None:
    log.warning("%s", message)
    if warn is not None:
        warn(message)


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
