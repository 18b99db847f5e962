"""Model folders: which files there are of each kind, where they lie, and their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nodeflow.digests import Digests
from nodeflow.errors import ConfigError, UnknownName

STORED = "sha256:"
"""How the name of a file of the store begins; the rest is its sha256."""

SUFFIXES: dict[str, tuple[str, ...]] = {"images": (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")}
MODEL_SUFFIXES = (".safetensors", ".sft")
FOLDER_MARK = "model_index.json"
"""A folder that holds a file of this name is one model."""


@dataclass(frozen=True)
class ModelFolder:
    """A folder of files of a kind, such as `checkpoints`; `owner` is who named it, a plugin or the configuration.

    `suffixes` are the endings of the files of this kind, in small letters and with their dot; none means the usual
    ones: pictures' for the kind `images`, `.safetensors` and `.sft` for every other. Raises ConfigError for a kind, a
    path or an ending that cannot be.
    """

    kind: str
    path: Path
    owner: str = "configuration"
    suffixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_kind(self.kind)
        if not isinstance(self.path, Path):
            raise ConfigError(f"folder {self.path!r} of {self.kind} must be a pathlib.Path")
        for suffix in self.suffixes:
            if not suffix.startswith(".") or suffix != suffix.lower():
                raise ConfigError(f"ending {suffix!r} of {self.kind} must be like '.cube', in small letters")


class Stored(Protocol):
    """The store of files, as far as folders need it."""

    def path(self, sha256: str) -> Path: ...


@dataclass(frozen=True)
class Folders:
    """Files by kind and name. A name is the path below a folder, with `/`; the first folder that has it wins.

    A folder that holds a `model_index.json` counts as one file. Files may be links; linked folders below a model
    folder are not looked into, and hidden files and folders do not count. Lists are read anew each time, so a new file
    is there at once. `memo` is the file that keeps digests between processes.
    """

    folders: tuple[ModelFolder, ...] = ()
    store: Stored | None = None
    memo: Path | None = None
    _digests: Digests = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_digests", Digests(self.memo))

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(folder.kind for folder in self.folders))

    def roots(self, kind: str) -> tuple[ModelFolder, ...]:
        """The folders of a kind, in the order they are looked in."""
        return tuple(folder for folder in self.folders if folder.kind == kind)

    def suffixes(self, kind: str) -> tuple[str, ...]:
        """The endings of the files of a kind: those that its folders name, else the usual ones."""
        named = tuple(dict.fromkeys(suffix for folder in self.roots(kind) for suffix in folder.suffixes))
        return named or SUFFIXES.get(kind, MODEL_SUFFIXES)

    def names(self, kind: str) -> list[str]:
        """The names of a kind, sorted."""
        return sorted(self._found(kind))

    def path(self, kind: str, name: str) -> Path:
        """Where a file lies. Raises UnknownName with the nearest name.

        Only a name that `names` gives, or `sha256:` and the digest of a file of the store, becomes a path, so none
        leads out of the folders.
        """
        if name.startswith(STORED):
            return self._stored(name)
        found = self._found(kind)
        if name not in found:
            raise UnknownName(f"file of {kind}", name, found)
        return found[name]

    def digest(self, kind: str, name: str) -> str:
        """The sha256 of a file in hexadecimal; of a model folder, that of its files' names and digests."""
        path = self.path(kind, name)
        if name.startswith(STORED):
            return name.removeprefix(STORED)
        if not path.is_dir():
            return self.file_digest(path)
        parts = sorted((file.relative_to(path).as_posix(), self.file_digest(file)) for file in _files(path))
        text = "".join(f"{below}\0{digest}\n" for below, digest in parts)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def file_digest(self, path: Path) -> str:
        """The sha256 of a file's bytes, remembered while it stays as it is."""
        return self._digests.of(path)

    def _stored(self, name: str) -> Path:
        if self.store is None:
            raise UnknownName("file of the store", name, ())
        path = self.store.path(name.removeprefix(STORED))
        if not path.is_file():
            raise UnknownName("file of the store", name, ())
        return path

    def _found(self, kind: str) -> dict[str, Path]:
        found: dict[str, Path] = {}
        suffixes = self.suffixes(kind)
        for folder in self.roots(kind):
            for path in _entries(folder.path, suffixes):
                found.setdefault(path.relative_to(folder.path).as_posix(), path)
        return found


def _entries(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files with those endings and model folders below a folder."""
    for here, files in _walk(root):
        if here != root and any(file.name == FOLDER_MARK for file in files):
            yield here
        else:
            yield from (here / file.name for file in files if file.name.lower().endswith(suffixes))


def _files(root: Path) -> Iterator[Path]:
    for here, files in _walk(root, whole=True):
        yield from (here / file.name for file in files)


def _walk(root: Path, *, whole: bool = False) -> Iterator[tuple[Path, list[os.DirEntry[str]]]]:
    """Each folder and its files; what lies in model folders is left out unless the `whole` is wanted.

    A folder that is not there, or that nobody may read, is empty.
    """
    pending = [root]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as scan:
                entries = [entry for entry in scan if _is_seen(entry.name)]
        except OSError:
            continue
        files = [entry for entry in entries if entry.is_file()]
        yield here, files
        if whole or here == root or not any(file.name == FOLDER_MARK for file in files):
            pending += [here / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


def _is_seen(name: str) -> bool:
    """Whether a name is not hidden, and can be written into a graph: not all bytes of a file system are text."""
    return not name.startswith(".") and name == name.encode("utf-8", "replace").decode()


def check_kind(kind: str) -> str:
    """A kind's name, or ConfigError: small letters, digits and underscores."""
    if not kind.replace("_", "").isalnum() or kind != kind.lower():
        raise ConfigError(f"kind of model folder {kind!r} must be small letters, digits and _, such as 'checkpoints'")
    return kind
