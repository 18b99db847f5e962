"""Copies of a run's artifacts in a folder, where no name ever takes the place of other content."""

from __future__ import annotations

import filecmp
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from nodeflow.cli.failures import UsageError


def check_folder(folder: Path) -> None:
    """Raise UsageError where nothing can be written into `folder`: better before the work than after it."""
    # A link that leads nowhere is there, too: no folder can be made in its place.
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not there.is_dir():
        raise UsageError(f"--output {str(folder)!r}: {str(there)!r} is not a folder")
    try:
        # Modes do not tell of a disk that is read only or full; a file without a name leaves nothing behind.
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"--output {str(folder)!r}: cannot write into {str(there)!r}: {why}") from error


def copy_artifact(source: Path, folder: Path, name: str) -> Path:
    """Copy a file into `folder` under `name`, or under `name` with a number when that is taken by other content.

    A copy that is there already is left as it is. Returns where the copy lies. Raises UsageError where nothing can be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return next(candidate for candidate in _candidates(folder, name) if _holds(candidate, source))
    except OSError as error:
        raise UsageError(f"cannot write {name!r} into {str(folder)!r}: {error.strerror or error}") from error


def _holds(candidate: Path, source: Path) -> bool:
    """Whether `candidate` has the content of `source`, written now if nothing was there."""
    try:
        target = candidate.open("xb")
    except FileExistsError:
        return candidate.is_file() and filecmp.cmp(source, candidate, shallow=False)
    try:
        with target, source.open("rb") as stream:
            shutil.copyfileobj(stream, target)
    except BaseException:
        # Half a picture under a good name is worse than none: Ctrl-C comes at any moment.
        candidate.unlink()
        raise
    return True


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    plain = _plain(name)
    yield folder / plain
    stem, suffix = Path(plain).stem, Path(plain).suffix
    for number in itertools.count(2):
        yield folder / f"{stem}-{number}{suffix}"


def _plain(name: str) -> str:
    """The last part of a name that a node chose: it may not lead out of the folder, on any system."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    return last if last not in ("", ".", "..") else "artifact"
