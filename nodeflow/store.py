"""Content-addressed files: what a run makes, named by its sha256."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nodeflow.errors import NodeflowError

BLOCK = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreError(NodeflowError):
    """A digest that is none, or a file that the store does not have."""


@dataclass(frozen=True, slots=True)
class Store:
    """Files under one folder, each written once and named by the sha256 of its content.

    It holds nothing but the folder, so it pickles, and any number of processes may share the folder: a file is
    written beside its place and moved there whole.
    """

    folder: Path

    def put(self, source: bytes | BinaryIO | Path) -> str:
        """Store a file given as bytes, an open binary stream or a path; the answer is its sha256 in hex."""
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self._take(stream)
        return self._take(io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else source)

    def path(self, sha256: str) -> Path:
        """Where the file lies, or would lie. Only a digest in 64 lowercase hex digits ever becomes a path."""
        if not isinstance(sha256, str) or DIGEST.fullmatch(sha256) is None:
            raise StoreError(f"{sha256!r} is no sha256: 64 lowercase hexadecimal digits are")
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Bytes."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            raise self._missing(sha256) from None

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise self._missing(sha256) from None

    def read(self, sha256: str) -> bytes:
        with self.open(sha256) as stream:
            return stream.read()

    def verify(self, sha256: str) -> bool:
        """Whether the file still has the content that its name says."""
        digest = hashlib.sha256()
        with self.open(sha256) as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        return digest.hexdigest() == sha256

    def use(self, sha256: str) -> bool:
        """Whether the file is there; if so it counts as used now."""
        try:
            os.utime(self.path(sha256))
        except FileNotFoundError:
            return False
        return True

    def remove_unused(self, sha256: str, before: float) -> bool:
        """Delete the file if it was last written or used before a time (in seconds since 1970); whether it is gone."""
        path = self.path(sha256)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime >= before:
                return False
            path.unlink()
        return True

    def remove(self, sha256: str) -> bool:
        """Delete the file; False when it was not there."""
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def digests(self) -> Iterator[str]:
        """The name of every file, in no order."""
        for path in self.folder.glob("??/*"):
            if DIGEST.fullmatch(path.name) is not None:
                yield path.name

    def _take(self, stream: BinaryIO) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{secrets.token_hex(16)}.part"
        try:
            sha256, size = _copy(stream, beside)
            place = self.path(sha256)
            # A place of another size is a file that was cut short: replacing it mends it.
            if not (self.use(sha256) and place.stat().st_size == size):
                place.parent.mkdir(exist_ok=True)
                beside.replace(place)
            return sha256
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()

    def _missing(self, sha256: str) -> StoreError:
        return StoreError(f"the store has no file {sha256}")


def _copy(stream: BinaryIO, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while block := stream.read(BLOCK):
            digest.update(block)
            out.write(block)
            size += len(block)
        out.flush()
        # An artifact is what a run was for: it must survive a power cut, unlike a cache entry, which can be made again.
        os.fsync(out.fileno())
    return digest.hexdigest(), size
