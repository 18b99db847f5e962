"""A plugin as it was found, and everything that the plugins which loaded have brought."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, Protocol

import pluggy

from nodeflow.detection import Detector
from nodeflow.errors import ConfigError, RegistrationError, told
from nodeflow.events import Event
from nodeflow.folders import ModelFolder
from nodeflow.plugin_route import Route
from nodeflow.plugins.brought import Brought, Executor
from nodeflow.plugins.hooks import called
from nodeflow.registry import Registry
from nodeflow.types import WireType

Observer = tuple[str, Callable[[Event], None]]
"""A plugin's name, and a function of it that is told of every event."""

State = Literal["loaded", "stale", "failed", "disabled"]

log = logging.getLogger("nodeflow.plugins")


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found. `origin` is its module, or its file where it lies in a folder of plugins.

    A `stale` one works as it was before its files were changed, since it cannot be loaded as they are now. `error`
    says in a line what is wrong with that one and with a `failed` one, `place` in which file and line, `fix` what
    would mend it, and `traceback` how it came about. `isolated` ones run in a process of their own.
    """

    name: str
    distribution: str
    version: str
    origin: str
    state: State
    error: str = ""
    place: str = ""
    fix: str = ""
    traceback: str = ""
    nodes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    isolated: bool = False

    @property
    def source(self) -> str:
        """Where it comes from, for people: its distribution, or else its module or file."""
        return self.distribution or self.origin

    @property
    def complaint(self) -> str:
        """What is wrong with it, where, and what would mend it, in a line; empty where nothing is."""
        if not self.error:
            return ""
        became = "is stale" if self.state == "stale" else "failed"
        return f"plugin {self.name!r} {became}: {self.error} ({self.place or self.source}); {self.fix}"

    @property
    def works(self) -> bool:
        """Whether what it brings can be used."""
        return self.state in ("loaded", "stale")


class Process(Protocol):
    """An isolated plugin's process, as far as all plugins together know it. Values cross by the codecs of `types`."""

    types: Mapping[str, WireType]

    def environment(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """What `nodeflow_environment` gives there."""
        ...

    def close(self) -> None:
        """End it; it is started anew when it is needed again."""
        ...


@dataclass(frozen=True)
class Kept:
    """A plugin as it was loaded, for a later loading to take over while its files stay as they are.

    `modules` are those in memory that are its own; they are looked for only when it is time to load again.
    """

    brought: Brought
    hooks: tuple[str, ...]
    module: Any = None
    modules: Mapping[str, ModuleType] = field(default_factory=dict)
    process: Process | None = None


@dataclass
class Plugins:
    """Everything that was found, and what the plugins that loaded have brought. `routes` are by plugin."""

    registry: Registry
    loaded: tuple[Plugin, ...]
    folders: tuple[ModelFolder, ...]
    manager: pluggy.PluginManager = field(repr=False)
    graphs: Mapping[str, Any] = field(default_factory=dict)
    observers: tuple[Observer, ...] = ()
    detectors: tuple[Detector, ...] = ()
    routes: Mapping[str, tuple[Route, ...]] = field(default_factory=dict)
    executors: Mapping[str, Executor] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict, repr=False)
    # No other process and no later one has it, so nothing is found under a key with it but what is made here.
    unknown: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What results depend on beside code and values: `plugin.name`, and its value.

        A plugin whose hook fails does not keep the others from answering. What its results depend on is then unknown:
        a warning is logged, and a value that is this object's alone keeps the results from being taken for those of
        another process, or the other way about. Raises ConfigError where a plugin says that the settings cannot be.
        """
        asked: dict[str, Callable[[], list[Any]]] = {}
        for name, plugin in self.manager.list_name_plugin():
            asked[name] = lambda plugin=plugin: called(  # type: ignore[misc]
                self.manager, plugin, "nodeflow_environment", settings=dict(settings)
            )
        for kept in self.kept.values():
            if (process := kept.process) is not None and "nodeflow_environment" in kept.hooks:
                asked[kept.brought.owner] = lambda process=process: [process.environment(settings)]  # type: ignore[misc]
        found: dict[str, str] = {}
        for name in sorted(asked):
            found |= {f"{name}.{key}": value for key, value in self._environment(name, asked[name]).items()}
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

    def rest(self) -> None:
        """End the processes of isolated plugins; each is started anew when it is needed again."""
        for kept in self.kept.values():
            if kept.process is not None:
                kept.process.close()

    def _environment(self, name: str, ask: Callable[[], list[Any]]) -> Mapping[str, str]:
        try:
            answers: dict[str, str] = {}
            for answer in ask():
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
