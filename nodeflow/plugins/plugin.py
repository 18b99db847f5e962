"""A plugin as it was found, and everything that the plugins which loaded have brought."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pluggy

from nodeflow.errors import ConfigError, RegistrationError, told
from nodeflow.events import Event
from nodeflow.folders import ModelFolder
from nodeflow.plugins.brought import called
from nodeflow.registry import Registry

Observer = tuple[str, Callable[[Event], None]]
"""A plugin's name, and a function of it that is told of every event."""

log = logging.getLogger("nodeflow.plugins")


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found. `origin` is its module, or its file where it lies in a folder of plugins.

    `error` says in a line what is wrong with a failed one, `place` in which file, and `traceback` how it came about.
    """

    name: str
    distribution: str
    version: str
    origin: str
    state: Literal["loaded", "failed", "disabled"]
    error: str = ""
    place: str = ""
    traceback: str = ""
    nodes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where it comes from, for people: its distribution, or else its module or file."""
        return self.distribution or self.origin


@dataclass
class Plugins:
    """Everything that was found, and what the plugins that loaded have brought."""

    registry: Registry
    loaded: tuple[Plugin, ...]
    folders: tuple[ModelFolder, ...]
    manager: pluggy.PluginManager = field(repr=False)
    graphs: Mapping[str, Path] = field(default_factory=dict)
    observers: tuple[Observer, ...] = ()
    # No other process and no later one has it, so nothing is found under a key with it but what is made here.
    unknown: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What results depend on beside code and values: `plugin.name`, and its value.

        A plugin whose hook fails does not keep the others from answering. What its results depend on is then unknown:
        a warning is logged, and a value that is this object's alone keeps the results from being taken for those of
        another process, or the other way about. Raises ConfigError where a plugin says that the settings cannot be.
        """
        found: dict[str, str] = {}
        for name, plugin in sorted(self.manager.list_name_plugin()):
            found |= {f"{name}.{key}": value for key, value in self._environment(name, plugin, settings).items()}
        return found

    def begin(self, settings: Mapping[str, str]) -> ExitStack:
        """Let every plugin get ready; closing what is given lets each end, the last one first.

        A plugin that fails to do either is warned about, and keeps no other from it.
        """
        stack = ExitStack()
        for name, plugin in sorted(self.manager.list_name_plugin()):
            try:
                for lifespan in called(self.manager, plugin, "nodeflow_lifespan", settings=dict(settings)):
                    lifespan.__enter__()
                    stack.callback(_end, name, lifespan)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                log.warning("plugin %r failed to start: %s", name, told(error), exc_info=error)
        return stack

    def _environment(self, name: str, plugin: Any, settings: Mapping[str, str]) -> Mapping[str, str]:
        try:
            answers: dict[str, str] = {}
            for answer in called(self.manager, plugin, "nodeflow_environment", settings=dict(settings)):
                answers.update(answer)
            if wrong := [item for item in answers.items() if not all(isinstance(part, str) for part in item)]:
                raise RegistrationError(f"nodeflow_environment must map text to text, not {wrong[0]!r}")
        except (KeyboardInterrupt, ConfigError):
            raise
        except BaseException as error:
            message = "plugin %r cannot say what its results depend on, so none is kept for another process: %s"
            log.warning(message, name, told(error), exc_info=error)
            return {"unknown": self.unknown}
        return answers


def _end(name: str, lifespan: AbstractContextManager[object]) -> None:
    try:
        lifespan.__exit__(None, None, None)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        log.warning("plugin %r failed to end: %s", name, told(error), exc_info=error)
