"""Commands that plugins bring: named by entry points, so that they are listed without importing any plugin."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

from nodeflow.cli.failures import UsageError
from nodeflow.entry_points import installed, release
from nodeflow.errors import told

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
        raise UsageError(f"the command {entry.name!r} {summary(entry)} cannot be loaded: {told(error)}") from error
    if missing := [part for part in ("configure", "execute") if not callable(getattr(module, part, None))]:
        raise UsageError(f"the command {entry.name!r} {summary(entry)} has no {' and no '.join(missing)}")
    return module
