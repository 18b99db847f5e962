"""Writing a project: its names checked, its files filled in, nothing overwritten."""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from nodeflow.errors import NodeflowError
from nodeflow.node_api import VERSION, spelled

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SUFFIX = ".template"


class ScaffoldError(NodeflowError):
    """A project that cannot be written; the message says why and what would be right."""


def write_project(name: str, folder: Path) -> list[Path]:
    """Write the project of a plugin to a folder that is not there, or empty; the files, as paths below it.

    The plugin is called as the project is, its package the same with `_` for `-`. Raises ScaffoldError for a name that
    is none or taken, and for a folder that holds something or cannot be written.
    """
    package = _package(name)
    words = {"project": name, "package": package, "api": spelled(VERSION)}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldError(f"{str(folder)!r} is there already, and not empty; name another with --folder")
    written = []
    for parts, source in _templates(files(__package__) / "project"):
        path = folder.joinpath(*(_placed(part, package) for part in parts))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
        except OSError as error:
            raise ScaffoldError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
        written.append(path.relative_to(folder))
    return sorted(written)


def _package(name: str) -> str:
    """The package of a project. Raises ScaffoldError for a name that cannot be one, and for one that is taken."""
    if NAME.fullmatch(name) is None:
        raise ScaffoldError(
            f"{name!r} is no name for a project; write words of a to z and 0 to 9 with '-' between them"
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in ("tests", "test"):
        raise ScaffoldError(f"no package can be called {package!r}; add a word of your own, such as acme-{name}")
    if importlib.util.find_spec(package) is not None:
        raise ScaffoldError(f"there is a package {package!r} already; add a word of your own, such as acme-{name}")
    return package


def _templates(folder: Traversable, *above: str) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    """Every template below a folder, with the names of the folders it is in and its own."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, *above, entry.name)
        elif entry.name.endswith(SUFFIX):
            yield (*above, entry.name.removesuffix(SUFFIX)), entry


def _placed(part: str, package: str) -> str:
    """The name of a folder or file in the project: what begins with a dot is kept under another name."""
    return package if part == "package" else re.sub(r"^dot_", ".", part)
