"""In which file and line of a plugin something went wrong."""

from __future__ import annotations

import importlib
import inspect
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pluggy

from nodeflow.errors import NodeflowError

FRAMEWORK = Path(__file__).parents[1]
MACHINERY = (FRAMEWORK, Path(pluggy.__file__).parent, Path(importlib.__file__).parent)
STANDARD = Path(sysconfig.get_path("stdlib"))


class Located(Exception):  # noqa: N818 (what more is known of an error)
    """An error that says itself in which file and line of a plugin it arose, and what would mend it."""

    place = ""
    fix = ""


@contextmanager
def about(subject: object) -> Iterator[None]:
    """What is raised inside is about a class or a function of a plugin: it says where that is written."""
    try:
        yield
    except NodeflowError as error:
        error.place = error.place or written(subject)
        raise


def written(subject: object) -> str:
    """`file:line` where a class, a function, or a node that was made of one begins; empty where that is not known."""
    found = getattr(getattr(subject, "run", None), "__wrapped__", subject)
    try:
        file = inspect.getsourcefile(found)  # type: ignore[arg-type]
        return f"{file}:{inspect.getsourcelines(found)[1]}"  # type: ignore[arg-type]
    except (OSError, TypeError):
        return ""


def blamed(error: BaseException) -> str:
    """`file:line` of the plugin's last step on the way to an error; empty where no file of a plugin was on it.

    The plugin's files are those beside the first one outside nodeflow, where that one is in a package: an error that
    a library raises is the fault of the line which called it.
    """
    if isinstance(error, Located):
        return error.place
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    theirs = [(file, line) for file, line in frames if not _is_machinery(file)]
    if not theirs:
        return error.place if isinstance(error, NodeflowError) else ""
    first = theirs[0][0]
    package = first.parent if (first.parent / "__init__.py").is_file() else first
    file, line = [(file, line) for file, line in theirs if file.is_relative_to(package)][-1]
    return f"{file}:{line}"


def _is_machinery(file: Path) -> bool:
    if str(file).startswith("<"):
        return True
    if file.is_relative_to(STANDARD) and not {"site-packages", "dist-packages"} & set(file.parts):
        return True
    return any(file.is_relative_to(folder) for folder in MACHINERY)
