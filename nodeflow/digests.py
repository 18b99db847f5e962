"""Digests of files, remembered while a file stays as it is."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SETTLED_SECONDS = 2.0
"""A file changed less than this ago may change again without its time showing it: clocks of file systems are coarse."""

SUPERSEDED = 1000
"""Lines of a memo that say nothing any more, at which it is written anew."""

Known = tuple[int, int, int, int, str]
"""A file's size, the times its content and its inode changed, its inode, and its digest."""

log = logging.getLogger("nodeflow.digests")


class Digests:
    """The sha256 of files, with a memo that processes share through the file `path`; without a path, each for itself.

    A digest is believed while path, size, inode and the times of the last change of content and of inode stay the
    same. The memo has a line for each file; what is damaged of it, or cannot be written, costs time and nothing else.
    It pickles.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: dict[str, Known] | None = None

    def of(self, file: Path) -> str:
        """The sha256 of the file's content, in hexadecimal. Raises OSError where it cannot be read."""
        key, before = str(file.resolve()), _state(file)
        known = self._remembered(key)
        if known is not None and known[:-1] == before:
            return known[-1]
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if _state(file) == before and _is_settled(before[1]):
            self._remember(key, (*before, digest))
        return digest

    def _remembered(self, key: str) -> Known | None:
        with self._lock:
            if self._known is None:
                self._known = {} if self.path is None else _load(self.path)
            return self._known.get(key)

    def _remember(self, key: str, known: Known) -> None:
        with self._lock:
            if self._known is not None:
                self._known[key] = known
            if self.path is not None:
                try:
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                    with self.path.open("ab", buffering=0) as memo:
                        # The line break before it ends a line that was cut short.
                        memo.write(b"\n" + _line(key, known))
                except OSError as error:
                    log.warning("cannot keep the digests of files in %s: %s", self.path, error)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _state(file: Path) -> tuple[int, int, int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _is_settled(changed: int) -> bool:
    return abs(time.time_ns() - changed) > SETTLED_SECONDS * 1e9


def _load(path: Path) -> dict[str, Known]:
    """What is remembered: of a damaged memo, what is good of it."""
    try:
        lines = [line for line in path.read_bytes().split(b"\n") if line]
    except OSError:
        return {}
    known = dict(entry for line in lines for entry in _entry(line))
    if len(lines) - len(known) > SUPERSEDED:
        _rewrite(path, known)
    return known


def _line(key: str, known: Known) -> bytes:
    return json.dumps([key, *known], separators=(",", ":")).encode() + b"\n"


def _entry(line: bytes) -> Iterator[tuple[str, Known]]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(entry, list) and [type(part) for part in entry] == [str, int, int, int, int, str]:
        key, size, content, inode_change, inode, digest = entry
        if len(digest) == 64:
            yield key, (size, content, inode_change, inode, digest)


def _rewrite(path: Path, known: Mapping[str, Known]) -> None:
    """Replace the memo by one without superseded lines. What another process adds meanwhile is found out again."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        beside.write_bytes(b"".join(_line(key, entry) for key, entry in known.items()))
        beside.replace(path)
    except OSError as error:
        log.warning("cannot tidy the digests of files in %s: %s", path, error)
    finally:
        beside.unlink(missing_ok=True)
