"""The order in which plugins are loaded, and what becomes of one that fails."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

from nodeflow import hookspecs, node_api
from nodeflow.distribution import HOST, Known
from nodeflow.entry_points import installed
from nodeflow.errors import RegistrationError, told
from nodeflow.hookspecs import GROUP
from nodeflow.plugins.blame import about, blamed
from nodeflow.plugins.brought import Brought, Reading
from nodeflow.plugins.hooks import register
from nodeflow.plugins.modules import put_back
from nodeflow.plugins.plugin import Kept, Plugin, Plugins
from nodeflow.plugins.remedy import remedy
from nodeflow.plugins.source import Installed, Remote, Source, found_in
from nodeflow.problems import meant, nearest
from nodeflow.registry import Registry

log = logging.getLogger("nodeflow.plugins")

Isolate = Callable[[list[Source]], list[Source]]
"""Puts sources that run in a process of their own in the place of some, and adds others."""

Warn = Callable[[str], None]
"""Told of what is wrong, a line each."""


def load_plugins(
    entry_points: Iterable[EntryPoint] | None = None,
    *,
    folders: Iterable[Path] = (),
    disabled: Collection[str] = (),
    isolate: Isolate = list,
    code_ids: bool = True,
    warn: Warn = log.warning,
) -> Plugins:
    """Loads the entry points of group `nodeflow`, sorted by name and distribution, then what lies in `folders`.

    Never raises for a plugin's fault. Where two have one name, the first is loaded and the second failed. A plugin
    whose nodes use the wire types of another is registered after it, whatever their names. A folder that is not there
    has no plugins. Without `code_ids` none is worked out, for who makes no keys: it would take a tenth of the time.
    `warn` is told of what is wrong, a line each.
    """
    found = load_sources(sources(entry_points, folders, isolate), disabled, {}, code_ids=code_ids)
    names = [plugin.name for plugin in found.loaded]
    for name in sorted(set(disabled) - set(names)):
        warn(f"no plugin {name!r} to disable{meant(nearest(name, names))}")
    for plugin in found.loaded:
        if plugin.error:
            warn(plugin.complaint)
    return found


def sources(
    entry_points: Iterable[EntryPoint] | None = None, folders: Iterable[Path] = (), isolate: Isolate = list
) -> list[Source]:
    """Every plugin there is to load, in order."""
    points = [Installed.of(entry) for entry in (installed(GROUP) if entry_points is None else entry_points)]
    points.sort(key=lambda point: (point.distribution != HOST, point.name, point.distribution, point.version))
    places = dict.fromkeys(folder.resolve() for folder in folders)
    return isolate([*points, *(found for folder in places for found in found_in(folder))])


def load_sources(
    found: Iterable[Source], disabled: Collection[str], earlier: Mapping[str, Kept], *, code_ids: bool = True
) -> Plugins:
    """Loads plugins in order. `earlier` are some as they were before: taken over unless their files have changed."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    loading = _Loading(manager, earlier, code_ids=code_ids)
    for source in found:
        loading.add(source, disabled=source.name in disabled)
    loading.register()
    return loading.loaded()


class _Loading:
    """The state of a loading: what was found, what is waiting to be registered, and what is registered."""

    def __init__(self, manager: pluggy.PluginManager, earlier: Mapping[str, Kept], *, code_ids: bool) -> None:
        self.manager = manager
        self.registry = Registry()
        self.plugins: list[Plugin] = []
        self._sources: list[Source] = []
        self._waiting: dict[int, Brought] = {}
        self._kept: dict[int, Kept] = {}
        self._registered: list[int] = []
        self._earlier = dict(earlier)
        self._known = Known()
        self._code_ids = code_ids

    def add(self, source: Source, *, disabled: bool) -> None:
        """Import a plugin and look at what it brings, unless it is disabled."""
        place = len(self.plugins)
        found = Plugin(
            source.name,
            source.distribution,
            source.version,
            source.origin,
            "disabled" if disabled else "loaded",
            isolated=isinstance(source, Remote),
        )
        self.plugins.append(found)
        self._sources.append(source)
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

    def loaded(self) -> Plugins:
        """All of it."""
        brought = [self._kept[place].brought for place in self._registered]
        for kept in self._kept.values():
            if kept.process is not None:
                kept.process.types = self.registry.types
        return Plugins(
            self.registry,
            tuple(self.plugins),
            tuple(folder for each in brought for folder in each.folders),
            self.manager,
            graphs={name: path for each in brought for name, path in each.graphs.items()},
            observers=tuple((each.owner, observer) for each in brought for observer in each.observers),
            detectors=tuple(detector for each in brought for detector in each.detectors),
            routes={each.owner: each.routes for each in brought if each.routes},
            executors={name: executor for each in brought for name, executor in each.executors.items()},
            kept={self.plugins[place].origin: self._kept[place] for place in self._registered},
        )

    def _attempt(self, place: int, work: Callable[[], None]) -> None:
        try:
            work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (whatever a plugin does, the others load)
            plugin = self.plugins[place]
            self._forget(place)
            said, where = told(error), blamed(error) or _file(plugin)
            failed = replace(
                plugin,
                state="failed",
                error=said,
                place=where,
                fix=remedy(error, plugin.name, plugin.distribution, where),
                traceback=traceback.format_exc(),
                hooks=(),
            )
            self.plugins[place] = failed
            self._fall_back(place)

    def _forget(self, place: int) -> None:
        """What a plugin that failed has left behind."""
        name = self.plugins[place].name
        self._kept.pop(place, None)
        if not self._namesake(place) and self.manager.has_plugin(name):
            self.manager.unregister(name=name)

    def _fall_back(self, place: int) -> None:
        """Go on with the plugin as it was, if it was there before."""
        plugin = self.plugins[place]
        kept = self._earlier.pop(plugin.origin, None)
        if kept is None or self._namesake(place):
            return
        put_back(kept.modules, self._sources[place].files())
        self.plugins[place] = replace(plugin, state="stale")
        self._take_over(place, kept)

    def _take_over(self, place: int, kept: Kept) -> None:
        """Use a plugin as it was loaded before."""
        if kept.module is not None:
            self.manager.register(kept.module, self.plugins[place].name)
        self._kept[place] = kept
        self._waiting[place] = kept.brought
        self.plugins[place] = replace(self.plugins[place], hooks=kept.hooks)

    def _namesake(self, place: int) -> Plugin | None:
        """The plugin found earlier that has the same name."""
        return next((plugin for plugin in self.plugins[:place] if plugin.name == self.plugins[place].name), None)

    def _open(self, place: int, source: Source) -> None:
        plugin = self.plugins[place]
        if (first := self._namesake(place)) is not None:
            raise RegistrationError(source.renaming(first.source))
        if (needed := source.api()) and (why := node_api.refusal(needed)):
            raise node_api.ApiError(f"plugin {plugin.name!r} was not imported: {why}")
        kept = self._earlier.get(plugin.origin)
        if kept is not None and self._is_unchanged(source, kept):
            self._take_over(place, kept)
        elif isinstance(source, Remote):
            self._take_over(place, source.describe())
        else:
            self._take_over(place, self._imported(place, source))

    def _is_unchanged(self, source: Source, kept: Kept) -> bool:
        """Whether neither its files nor what it imports from other plugins has changed: its modules are in place.

        What comes with nodeflow stays as it is while the program runs: it is of one piece with it.
        """
        if source.distribution == HOST:
            return True
        in_place = all(sys.modules.get(name) is module for name, module in kept.modules.items())
        return in_place and source.code(self._known) == kept.brought.code

    def _imported(self, place: int, source: Source) -> Kept:
        name, distribution = self.plugins[place].name, self.plugins[place].distribution
        module = source.load()
        if self.manager.is_registered(module):
            raise RegistrationError(f"{source.origin!r} is already loaded, as plugin {self.manager.get_name(module)!r}")
        register(self.manager, module, name)
        prefix = "" if distribution == HOST else f"{name}/"
        reading = Reading(self.manager, module, name, prefix, all_nodes=source.all_nodes)
        hooks = reading.hooks()
        brought = reading.brought(source.code(self._known) if self._code_ids else "")
        self.manager.unregister(module)
        return Kept(brought, hooks, module)

    def _register(self, place: int, brought: Brought) -> None:
        """Take all that a plugin brings, or nothing: the registry in use stays as it is until everything fits."""
        plugin, registry = self.plugins[place], self.registry.copy()
        registry.add_code(plugin.name, brought.code)
        registry.add_release(plugin.name, plugin.distribution, plugin.version)
        _enter(brought, self._kept[place].module, registry)
        self.registry = registry
        self._registered.append(place)
        self.plugins[place] = replace(plugin, nodes=tuple(sorted(spec.name for spec in brought.nodes)))


def _enter(brought: Brought, module: Any, registry: Registry) -> None:
    """Add what a plugin brings to a registry. Raises RegistrationError, with the place at fault."""
    owner = brought.owner
    with about(getattr(module, "nodeflow_types", None)):
        for wire in brought.types:
            registry.add_type(wire, owner)
    for spec in brought.nodes:
        with about(spec.node):
            registry.add_node(spec)
    with about(getattr(module, "nodeflow_choices", None)):
        for table, choices in brought.choices.items():
            registry.add_choices(table, choices, owner)
    for converter in brought.converters:
        with about(registry.node(converter).node):
            registry.add_converter(converter)
    with about(getattr(module, "nodeflow_migrations", None)):
        for migration in brought.migrations:
            registry.add_migration(migration, owner)


def _file(plugin: Plugin) -> str:
    """The file of the module that a plugin was loaded from, as far as there is one."""
    if Path(plugin.origin).is_absolute():
        return plugin.origin
    return getattr(sys.modules.get(plugin.origin.partition(":")[0].strip()), "__file__", None) or ""
