"""The code id of a plugin: a digest of all that its distribution brings, so that no edit leaves a stale result."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path, PurePath

HOST = "nodeflow"
"""The distribution of nodeflow itself: node types of its packs have bare names, and what they say of the machine counts
for everybody."""

LARGE = 4 << 20
"""Bytes beyond which a file counts by its size and time alone: weights that come with a plugin would take seconds."""

Files = Iterator[tuple[str, Path]]
"""Files with the names they have below the folder that is on the import path."""


class Known:
    """What was looked at already, for who asks for several modules at once: which files there are, what is in them."""

    def __init__(self) -> None:
        self._below: dict[Path, Mapping[str, Path]] = {}
        self._brought: dict[Distribution, Mapping[str, Path]] = {}
        self._content: dict[Path, str] = {}

    def below(self, root: Path) -> Mapping[str, Path]:
        """A file, or the files of a folder, by their names from the root's own name on."""
        if root not in self._below:
            self._below[root] = dict(_files(root))
        return self._below[root]

    def brought(self, distribution: Distribution) -> Mapping[str, Path]:
        """The files of a distribution."""
        if distribution not in self._brought:
            self._brought[distribution] = dict(_distribution_files(distribution, self))
        return self._brought[distribution]

    def content(self, path: Path) -> str:
        """What a file counts by."""
        if path not in self._content:
            self._content[path] = _content(path)
        return self._content[path]


def code_id(module: str, distribution: Distribution | None, known: Known | None = None) -> str:
    """The sha256 of the files of a distribution, and of the package or file that `module` is in, in hexadecimal.

    An installed distribution lists its files. An editable one names folders in `.pth` files, whose packages and
    modules count, and packages in `top_level.txt`. Data counts as code does: a helper or a table that is edited
    anywhere changes the id, and so does a file with another name. Bytecode and hidden files do not count, nor do the
    folders that all this lies in. `known` remembers what was read, for callers that ask for several modules at once.
    """
    known = Known() if known is None else known
    digest = hashlib.sha256()
    for name, path in sorted(code_files(module, distribution, known).items()):
        digest.update(f"{name}\0{known.content(path)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def code_files(module: str, distribution: Distribution | None, known: Known | None = None) -> dict[str, Path]:
    """Those files, by the names they have below the folder that is on the import path.

    Without a module they are those of the distribution alone, as for one that is not on our import path.
    """
    known = Known() if known is None else known
    files = dict(known.brought(distribution)) if distribution else {}
    return files | dict(_package_files(module.partition(".")[0], known)) if module else files


def _package_files(package: str, known: Known) -> Files:
    """The files of a top-level package or module, wherever it would be imported from."""
    loaded = sys.modules.get(package)
    spec = loaded.__spec__ if loaded is not None and loaded.__spec__ else importlib.util.find_spec(package)
    if spec is None:
        return
    for place in spec.submodule_search_locations or [spec.origin or ""]:
        yield from known.below(Path(place)).items()


def _distribution_files(distribution: Distribution, known: Known) -> Files:
    for file in distribution.files or ():
        place = Path(str(distribution.locate_file(file)))
        if place.suffix == ".pth":
            yield from _editable_files(place, known)
        elif all(map(_counts, file.parts)) and ".." not in file.parts and place.is_file():
            yield file.as_posix(), place
    for package in (distribution.read_text("top_level.txt") or "").split():
        yield from _package_files(package, known)


def _editable_files(pth: Path, known: Known) -> Files:
    """The packages and modules in the folders that a `.pth` file of an editable installation puts on the path."""
    for line in pth.read_text().splitlines() if pth.is_file() else ():
        folder = pth.parent / line.strip()
        if line.strip() and not line.startswith(("import ", "import\t")) and folder.is_dir():
            for place in (*(package.parent for package in folder.glob("*/__init__.py")), *folder.glob("*.py")):
                yield from known.below(place).items()


def _files(root: Path) -> Files:
    """A file, or the files of a folder, each with its name from the root's own name on."""
    if root.is_file():
        yield root.name, root
        return
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if _counts(name)]
        inside = PurePath(folder).relative_to(root.parent).as_posix()
        for place in (os.path.join(folder, name) for name in names if _counts(name)):  # noqa: PTH118 (half the time)
            if os.path.isfile(place):  # noqa: PTH113
                yield f"{inside}/{place[len(folder) + 1 :]}", Path(place)


def _counts(part: str) -> bool:
    """Whether a file or folder of that name counts, where the folders above it do."""
    return not part.startswith(".") and part != "__pycache__" and not part.endswith((".dist-info", ".pyc"))


def _content(path: Path) -> str:
    stat = path.stat()
    if stat.st_size > LARGE:
        return f"{stat.st_size} {stat.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
