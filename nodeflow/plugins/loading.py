"""The order in which plugins are loaded, and what becomes of one that fails."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pluggy

from nodeflow import hookspecs, node_api
from nodeflow.entry_points import installed
from nodeflow.errors import RegistrationError, nearest, told
from nodeflow.folders import ModelFolder
from nodeflow.hookspecs import GROUP
from nodeflow.plugins.blame import blamed
from nodeflow.plugins.brought import Brought, Reading
from nodeflow.plugins.plugin import Observer, Plugin, Plugins
from nodeflow.plugins.source import Installed, Known, Source, found_in
from nodeflow.registry import Registry

HOST = "nodeflow"
"""The distribution whose node types have bare names."""

log = logging.getLogger("nodeflow.plugins")


def load_plugins(
    entry_points: Iterable[EntryPoint] | None = None,
    *,
    folders: Iterable[Path] = (),
    disabled: Collection[str] = (),
) -> Plugins:
    """Loads the entry points of group `nodeflow`, sorted by name and distribution, then what lies in `folders`.

    Never raises for a plugin's fault. Where two have one name, the first is loaded and the second failed. A plugin
    whose nodes use the wire types of another is registered after it, whatever their names. A folder that is not there
    has no plugins.
    """
    points = [Installed.of(entry) for entry in (installed(GROUP) if entry_points is None else entry_points)]
    points.sort(key=lambda point: (point.distribution != HOST, point.name, point.distribution, point.version))
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    loading = _Loading(manager)
    places = dict.fromkeys(folder.resolve() for folder in folders)
    sources: list[Source] = [*points, *(found for folder in places for found in found_in(folder))]
    for source in sources:
        loading.add(source, disabled=source.name in disabled)
    loading.register()
    names = [plugin.name for plugin in loading.plugins]
    for name in sorted(set(disabled) - set(names)):
        near = nearest(name, names)
        log.warning("no plugin %r to disable%s", name, f"; did you mean {near!r}?" if near else "")
    found, files = tuple(loading.plugins), tuple(loading.folders)
    return Plugins(loading.registry, found, files, manager, loading.graphs, tuple(loading.observers))


class _Loading:
    """The state of a loading: what was found, what is waiting to be registered, and what is registered."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.registry = Registry()
        self.plugins: list[Plugin] = []
        self.folders: list[ModelFolder] = []
        self.graphs: dict[str, Path] = {}
        self.observers: list[Observer] = []
        self._waiting: dict[int, Brought] = {}
        self._known: Known = {}

    def add(self, source: Source, *, disabled: bool) -> None:
        """Import a plugin and look at what it brings, unless it is disabled."""
        place = len(self.plugins)
        found = Plugin(source.name, source.distribution, source.version, source.origin, "loaded")
        self.plugins.append(replace(found, state="disabled") if disabled else found)
        if not disabled:
            self._attempt(place, lambda: self._open(place, source))

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
            said, trace, where = told(error), traceback.format_exc(), blamed(error) or _file(plugin)
            self.plugins[place] = replace(plugin, state="failed", error=said, place=where, traceback=trace, hooks=())
            if not self._namesake(place) and self.manager.has_plugin(plugin.name):
                self.manager.unregister(name=plugin.name)
            log.warning("plugin %r of %r failed: %s", plugin.name, plugin.source, said)

    def _namesake(self, place: int) -> Plugin | None:
        """The plugin found earlier that has the same name."""
        return next((plugin for plugin in self.plugins[:place] if plugin.name == self.plugins[place].name), None)

    def _open(self, place: int, source: Source) -> None:
        plugin = self.plugins[place]
        if (first := self._namesake(place)) is not None:
            raise RegistrationError(source.renaming(first.source))
        if (needed := source.api()) and (why := node_api.refusal(needed)):
            raise RegistrationError(f"plugin {plugin.name!r} was not imported: {why}")
        module = source.load()
        if self.manager.is_registered(module):
            raise RegistrationError(f"{source.origin!r} is already loaded, as plugin {self.manager.get_name(module)!r}")
        self.manager.register(module, plugin.name)
        prefix = "" if plugin.distribution == HOST else f"{plugin.name}/"
        reading = Reading(self.manager, module, plugin.name, prefix, all_nodes=source.all_nodes)
        hooks = reading.hooks()
        self._waiting[place] = reading.brought(source.code(self._known))
        self.plugins[place] = replace(plugin, hooks=hooks)

    def _register(self, place: int, brought: Brought) -> None:
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
        for converter in brought.converters:
            registry.add_converter(converter)
        for migration in brought.migrations:
            registry.add_migration(migration, owner)
        self.registry = registry
        self.folders += brought.folders
        self.graphs |= brought.graphs
        self.observers += [(owner, observer) for observer in brought.observers]
        self.plugins[place] = replace(plugin, nodes=tuple(sorted(spec.name for spec in brought.nodes)))


def _file(plugin: Plugin) -> str:
    """The file of the module that a plugin was loaded from, as far as there is one."""
    if Path(plugin.origin).is_absolute():
        return plugin.origin
    return getattr(sys.modules.get(plugin.origin.partition(":")[0].strip()), "__file__", None) or ""
