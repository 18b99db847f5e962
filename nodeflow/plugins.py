"""Loading plugins: one by one in a fixed order; a bad one is listed with its traceback and leaves nothing behind."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal

import pluggy

from nodeflow import hookspecs
from nodeflow.distribution import code_id
from nodeflow.entry_points import installed, release
from nodeflow.errors import ConfigError, RegistrationError, UnknownName, nearest, told
from nodeflow.folders import ModelFolder
from nodeflow.hookspecs import GROUP
from nodeflow.registry import ANY, Registry
from nodeflow.spec import NodeSpec
from nodeflow.types import WireType

HOST = "nodeflow"
"""The distribution whose node types have bare names."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
PREFIX = "nodeflow_"
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(PREFIX))

log = logging.getLogger("nodeflow.plugins")


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found. `error` says in a line what is wrong with a failed one, `traceback` where."""

    name: str
    distribution: str
    version: str
    origin: str
    state: Literal["loaded", "failed", "disabled"]
    error: str = ""
    traceback: str = ""
    nodes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()


@dataclass
class Plugins:
    """Everything that was found, and what the plugins that loaded have brought."""

    registry: Registry
    loaded: tuple[Plugin, ...]
    folders: tuple[ModelFolder, ...]
    manager: pluggy.PluginManager = field(repr=False)
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

    def _environment(self, name: str, plugin: Any, settings: Mapping[str, str]) -> Mapping[str, str]:
        try:
            answers: dict[str, str] = {}
            for answer in _called(self.manager, plugin, "nodeflow_environment", settings=dict(settings)):
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


def load_plugins(entry_points: Iterable[EntryPoint] | None = None, *, disabled: Collection[str] = ()) -> Plugins:
    """Loads the entry points of group `nodeflow`, sorted by name and distribution. Never raises for a plugin's fault.

    Where two distributions use one entry-point name, the first by distribution name is loaded and the second failed.
    A plugin whose nodes use the wire types of another is registered after it, whatever their names.
    """
    found = installed(GROUP) if entry_points is None else entry_points
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    loading = _Loading(manager)
    released = [(release(entry), entry) for entry in found]
    for (name, version), entry in sorted(released, key=lambda pair: (pair[0][0] != HOST, pair[1].name, *pair[0])):
        loading.add(entry, name, version, disabled=entry.name in disabled)
    loading.register()
    names = [plugin.name for plugin in loading.plugins]
    for name in sorted(set(disabled) - set(names)):
        near = nearest(name, names)
        log.warning("no plugin %r to disable%s", name, f"; did you mean {near!r}?" if near else "")
    return Plugins(loading.registry, tuple(loading.plugins), tuple(loading.folders), manager)


def _called(manager: pluggy.PluginManager, plugin: Any, hook: str, **arguments: Any) -> list[Any]:
    """What one plugin's implementation of a hook returns; nothing where there is none, or it returns None."""
    others = [other for other in manager.get_plugins() if other is not plugin]
    answers: list[Any] = manager.subset_hook_caller(hook, others)(**arguments)
    return answers


def _is_table(item: tuple[object, object]) -> bool:
    name, choices = item
    return isinstance(name, str) and isinstance(choices, Mapping)


@dataclass(frozen=True)
class _Brought:
    """What a plugin brings, each part of it checked by itself."""

    code: str
    types: tuple[WireType, ...]
    nodes: tuple[NodeSpec, ...]
    choices: Mapping[str, Mapping[str, object]]
    folders: tuple[ModelFolder, ...]

    @property
    def needed(self) -> set[str]:
        """The names of the wire types that its nodes use and it does not bring."""
        ports = (port for spec in self.nodes for port in (*spec.inputs.values(), *spec.outputs.values()))
        return {port.element for port in ports} - {wire.name for wire in self.types} - {ANY}


class _Loading:
    """The state of a loading: what was found, what is waiting to be registered, and what is registered."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.registry = Registry()
        self.plugins: list[Plugin] = []
        self.folders: list[ModelFolder] = []
        self._waiting: dict[int, _Brought] = {}
        self._known: dict[Path, str] = {}

    def add(self, entry: EntryPoint, name: str, version: str, *, disabled: bool) -> None:
        """Import a plugin of that distribution and look at what it brings, unless it is disabled."""
        place = len(self.plugins)
        state: Literal["loaded", "disabled"] = "disabled" if disabled else "loaded"
        self.plugins.append(Plugin(entry.name, name, version, entry.value, state))
        if not disabled:
            self._attempt(place, lambda: self._open(place, entry))

    def register(self) -> None:
        """Register all that fits, in order; but types before the nodes that use them."""
        while self._waiting:
            known = self.registry.types.keys()
            ready = (place for place, brought in self._waiting.items() if brought.needed <= known)
            place = next(ready, next(iter(self._waiting)))
            brought = self._waiting.pop(place)
            self._attempt(place, lambda p=place, b=brought: self._register(p, b))  # type: ignore[misc]

    def _attempt(self, place: int, work: Callable[[], None]) -> None:
        try:
            work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (whatever a plugin does, the others load)
            plugin = self.plugins[place]
            said, trace = told(error), traceback.format_exc()
            self.plugins[place] = replace(plugin, state="failed", error=said, traceback=trace, hooks=())
            if not self._namesake(place) and self.manager.has_plugin(plugin.name):
                self.manager.unregister(name=plugin.name)
            log.warning("plugin %r of %r failed: %s", plugin.name, plugin.distribution, said)

    def _namesake(self, place: int) -> Plugin | None:
        """The plugin found earlier that has the same name."""
        return next((plugin for plugin in self.plugins[:place] if plugin.name == self.plugins[place].name), None)

    def _open(self, place: int, entry: EntryPoint) -> None:
        plugin = self.plugins[place]
        if (first := self._namesake(place)) is not None:
            raise RegistrationError(
                f"plugin {plugin.name!r} of distribution {plugin.distribution!r} has the name of one of "
                f"{first.distribution!r}; one of them must rename its entry point"
            )
        if NAME.fullmatch(plugin.name) is None:
            raise RegistrationError(f"plugin {plugin.name!r}: a name is letters, digits, '_', '-' and '.'")
        if EntryPoint.pattern.match(entry.value) is None:
            raise RegistrationError(f"entry point {plugin.name!r}: {entry.value!r} must look like 'package.module'")
        module = entry.load()
        if self.manager.is_registered(module):
            raise RegistrationError(f"{entry.value!r} is already loaded, as plugin {self.manager.get_name(module)!r}")
        self.manager.register(module, plugin.name)
        hooks = self._hooks(module)
        self._waiting[place] = self._brought(plugin, entry, module)
        self.plugins[place] = replace(plugin, hooks=hooks)

    def _hooks(self, module: Any) -> tuple[str, ...]:
        """The hooks that a plugin implements. Raises for what only looks like one."""
        implemented = {
            caller.name: implementation
            for caller in self.manager.get_hookcallers(module) or ()
            for implementation in caller.get_hookimpls()
            if implementation.plugin is module
        }
        for name, implementation in implemented.items():
            if name not in HOOKS and not implementation.optionalhook:
                raise UnknownName("hook", name, HOOKS)
        marked = {implementation.function for implementation in implemented.values()}
        for name in (name for name in dir(module) if name.startswith(PREFIX)):
            value = getattr(module, name)
            if callable(value) and value not in marked:
                if name not in HOOKS:
                    raise UnknownName("hook", name, HOOKS)
                raise RegistrationError(f"{name} is not marked; put @nodeflow.hookimpl above it")
        return tuple(sorted(implemented.keys() & set(HOOKS)))

    def _brought(self, plugin: Plugin, entry: EntryPoint, module: Any) -> _Brought:
        code = code_id(entry.module, entry.dist, self._known)
        prefix = "" if plugin.distribution == HOST else f"{plugin.name}/"
        specs = [NodeSpec.of(node, owner=plugin.name, code_id=code) for node in self._items(module, "nodeflow_nodes")]
        return _Brought(
            code=code,
            types=tuple(self._items(module, "nodeflow_types", WireType)),
            nodes=tuple(replace(spec, name=prefix + spec.name) for spec in specs),
            choices=self._choices(module),
            folders=tuple(
                replace(folder, owner=plugin.name)
                for folder in self._items(module, "nodeflow_model_folders", ModelFolder)
            ),
        )

    def _items(self, module: Any, hook: str, kind: type = object) -> list[Any]:
        """What a hook gives, one by one; nothing where it is not implemented."""
        items: list[Any] = []
        for answer in _called(self.manager, module, hook):
            if not isinstance(answer, Iterable):
                raise RegistrationError(f"{hook} returned {answer!r}; it must return a list or the like")
            items += answer
        if wrong := [item for item in items if not isinstance(item, kind)]:
            raise RegistrationError(f"{hook} gave {wrong[0]!r}, which is no {kind.__name__}")
        return items

    def _choices(self, module: Any) -> Mapping[str, Mapping[str, object]]:
        hook = "nodeflow_choices"
        for answer in _called(self.manager, module, hook):
            if not isinstance(answer, Mapping) or not all(map(_is_table, answer.items())):
                raise RegistrationError(f'{hook} returned {answer!r}; it must return {{"table": {{"name": choice}}}}')
            return answer
        return {}

    def _register(self, place: int, brought: _Brought) -> None:
        """Take all that a plugin brings, or nothing: the registry in use stays as it is until everything fits."""
        plugin, registry = self.plugins[place], self.registry.copy()
        owner = plugin.name
        registry.add_code(owner, brought.code)
        registry.add_release(owner, plugin.distribution, plugin.version)
        for wire in brought.types:
            registry.add_type(wire, owner)
        registry.add_nodes(brought.nodes)
        for table, choices in brought.choices.items():
            registry.add_choices(table, choices, owner)
        self.registry = registry
        self.folders += brought.folders
        self.plugins[place] = replace(plugin, nodes=tuple(sorted(spec.name for spec in brought.nodes)))
