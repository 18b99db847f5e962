"""Commands that plugins bring: named by entry points, so that they are listed without importing any plugin."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from typing import Any

from nodeflow.cli.failures import UsageError
from nodeflow.entry_points import installed, release
from nodeflow.errors import NodeflowError, told

GROUP = "nodeflow.commands"
"""The entry-point group of commands: each a module with `configure`, `execute` and a docstring."""


def commands(own: Mapping[str, str]) -> Mapping[str, EntryPoint]:
    """The commands of plugins, by name. Ours keep theirs; of two with one name the first by distribution has it."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(installed(GROUP), key=lambda entry: (entry.name, *release(entry))):
        if entry.name not in own:
            found.setdefault(entry.name, entry)
    return found


def summary(entry: EntryPoint) -> str:
    """What the list of commands says of one."""
    return f"from {release(entry)[0] or entry.value}"


def load(entry: EntryPoint) -> Any:
    """The module of a command. Raises UsageError for one that cannot be imported, or is no command."""
    try:
        module = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise UsageError(f"{_called(entry)} cannot be loaded: {_located(error)}") from error
    if missing := [part for part in ("configure", "execute") if not callable(getattr(module, part, None))]:
        where = getattr(module, "__file__", None) or entry.value
        raise UsageError(f"{_called(entry)} has no {' and no '.join(missing)}: write it in {where}")
    return module


def executing(entry: EntryPoint, execute: Callable[[argparse.Namespace], Any]) -> Callable[[argparse.Namespace], int]:
    """What carries the command out. It raises NodeflowError for whatever is the command's own fault."""

    def executed(options: argparse.Namespace) -> int:
        try:
            code = execute(options)
        except (NodeflowError, UsageError, BrokenPipeError):
            raise
        except Exception as error:
            more = "NODEFLOW_TRACEBACK=1 shows how"
            raise NodeflowError(f"{_called(entry)} failed: {_located(error)} ({more})") from error
        if code is None or type(code) is int:
            return code or 0
        raise NodeflowError(f"{_called(entry)} gave {code!r}; its execute must return an exit code, such as 0")

    return executed


def _called(entry: EntryPoint) -> str:
    return f"the command {entry.name!r} {summary(entry)}"


def _located(error: BaseException) -> str:
    # It knows all of what plugins are, which a command that goes well need not wait for.
    from nodeflow.plugins.blame import blamed

    place = blamed(error)
    return f"{told(error)}, in {place}" if place else told(error)
