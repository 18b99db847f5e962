"""The code id of a plugin: a digest of all that its distribution brings, so that no edit leaves a stale result."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

LARGE = 4 << 20
"""Bytes beyond which a file counts by its size and time alone: weights that come with a plugin would take seconds."""

Files = Iterator[tuple[str, Path]]
"""Files with the names they have below the folder that is on the import path."""


def code_id(module: str, distribution: Distribution | None, known: dict[Path, str] | None = None) -> str:
    """The sha256 of the files of a distribution, and of the package or file that `module` is in, in hexadecimal.

    An installed distribution lists its files. An editable one names folders in `.pth` files, whose packages and
    modules count, and packages in `top_level.txt`. Data counts as code does: a helper or a table that is edited
    anywhere changes the id, and so does a file with another name. Bytecode and hidden files do not count, nor do the
    folders that all this lies in. `known` remembers what was read, for callers that ask for several modules at once.
    """
    known = {} if known is None else known
    files = dict(_distribution_files(distribution)) if distribution else {}
    files |= dict(_package_files(module.partition(".")[0]))
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        if path not in known:
            known[path] = _content(path)
        digest.update(f"{name}\0{known[path]}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _package_files(package: str) -> Files:
    """The files of a top-level package or module, wherever it would be imported from."""
    loaded = sys.modules.get(package)
    spec = loaded.__spec__ if loaded is not None and loaded.__spec__ else importlib.util.find_spec(package)
    if spec is None:
        return
    for place in spec.submodule_search_locations or [spec.origin or ""]:
        yield from _files(Path(place))


def _distribution_files(distribution: Distribution) -> Files:
    for file in distribution.files or ():
        place = Path(str(distribution.locate_file(file)))
        if place.suffix == ".pth":
            yield from _editable_files(place)
        elif _counts(file) and ".." not in file.parts and place.is_file():
            yield file.as_posix(), place
    for package in (distribution.read_text("top_level.txt") or "").split():
        yield from _package_files(package)


def _editable_files(pth: Path) -> Files:
    """The packages and modules in the folders that a `.pth` file of an editable installation puts on the path."""
    for line in pth.read_text().splitlines() if pth.is_file() else ():
        folder = pth.parent / line.strip()
        if line.strip() and not line.startswith(("import ", "import\t")) and folder.is_dir():
            for place in (*(package.parent for package in folder.glob("*/__init__.py")), *folder.glob("*.py")):
                yield from _files(place)


def _files(root: Path) -> Files:
    """A file, or the files of a folder, each with its name from the root's own name on."""
    for path in (root,) if root.is_file() else root.rglob("*"):
        name = path.relative_to(root.parent)
        if _counts(name) and path.is_file():
            yield name.as_posix(), path


def _counts(name: Path | PurePosixPath) -> bool:
    aside = any(part.startswith(".") or part == "__pycache__" or part.endswith(".dist-info") for part in name.parts)
    return not aside and name.suffix != ".pyc"


def _content(path: Path) -> str:
    stat = path.stat()
    if stat.st_size > LARGE:
        return f"{stat.st_size} {stat.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
