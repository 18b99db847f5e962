"""Values on their way between two processes: by their codecs into a file, in shared memory where it is large enough."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nodeflow.cache import entry_file
from nodeflow.cache.entry import Entry, footprint
from nodeflow.types import WireType

SHARED = Path("/dev/shm")  # noqa: S108 (a folder of ours with a name of its own is made there)
"""Where Linux keeps files in memory."""

CROSSING = "crossing"


@contextmanager
def folder(values: Mapping[str, Any]) -> Iterator[Path]:
    """A folder for files that hold values, which is gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="nodeflow-", dir=_place(footprint(values)), ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


def write(path: Path, values: Mapping[str, Any], types: Mapping[str, str], known: Mapping[str, WireType]) -> None:
    """Write values whose wire types are named by `types`. Raises UnstorableError for one without a codec."""
    entry_file.write(path, CROSSING, Entry(dict(values), types=dict(types)), known)


def read(path: Path, known: Mapping[str, WireType]) -> dict[str, Any]:
    """Read values, and forget the file. Raises DamagedError for what does not come whole."""
    with path.open("rb") as stream:
        entry = entry_file.read(stream, CROSSING, known)
    path.unlink()
    return dict(entry.outputs)


def _place(nbytes: int) -> Path | None:
    """In shared memory where there is four times the room, for what comes back; else where temporary files are."""
    try:
        return SHARED if shutil.disk_usage(SHARED).free > 4 * nbytes else None
    except OSError:
        return None
