"""Loading plugins once more while the program runs: what has changed anew, all else as it is."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from types import ModuleType

from nodeflow.distribution import HOST, Known
from nodeflow.plugins.loading import load_sources
from nodeflow.plugins.modules import forget_compiled, modules_of, take_out, uses
from nodeflow.plugins.plugin import Kept, Plugins
from nodeflow.plugins.source import Source


def renewed(previous: Plugins, found: Iterable[Source], disabled: Collection[str] = ()) -> Plugins:
    """The plugins as they are now; `previous` stays as it is, for whoever still works with it.

    One whose files have changed is imported anew with all its modules, and so is one that uses anything of it. Where
    that fails, the plugin stays as it was, and is `stale`. What comes with nodeflow itself stays as it is, too. Nothing
    is logged of it: who loads anew, again and again, tells what was not so before. Not for two threads at once.
    """
    sources = list(found)
    known = Known()
    earlier: dict[str, Kept] = {}
    changed: set[str] = set()
    for source in sources:
        kept = previous.kept.get(source.origin)
        if kept is not None and source.distribution == HOST:
            earlier[source.origin] = kept
        elif kept is not None:
            earlier[source.origin] = replace(kept, modules=modules_of(source.files()))
            if source.code(known) != kept.brought.code or _is_stale(previous, source):
                changed.add(source.origin)
    while more := _users(earlier, changed):
        changed |= more
    for source in sources:
        if source.distribution != HOST and (source.origin in changed or source.origin not in earlier):
            forget_compiled(source.files())
    for origin in changed:
        take_out(earlier[origin].modules)
    for kept in _gone(previous, sources):
        take_out(kept.modules)
    now = load_sources(sources, disabled, earlier)
    for origin, kept in previous.kept.items():
        if kept.process is not None and (origin not in now.kept or now.kept[origin].process is not kept.process):
            kept.process.close()
    return now


def _is_stale(previous: Plugins, source: Source) -> bool:
    """Whether it could not be loaded the last time, and so is to be tried again."""
    return any(plugin.origin == source.origin and plugin.state == "stale" for plugin in previous.loaded)


def _users(earlier: dict[str, Kept], changed: set[str]) -> set[str]:
    """The plugins that use something of the changed ones, and are not among them."""
    names = {name for origin in changed for name in earlier[origin].modules}
    return {origin for origin, kept in earlier.items() if origin not in changed and uses(kept.modules, names)}


def _gone(previous: Plugins, sources: Collection[Source]) -> list[Kept]:
    """Plugins that are no longer there, with the modules of their own that are left."""
    origins = {source.origin for source in sources}
    return [
        replace(kept, modules=_modules_below(kept.module))
        for origin, kept in previous.kept.items()
        if origin not in origins and kept.module is not None
    ]


def _modules_below(module: ModuleType) -> dict[str, ModuleType]:
    top = module.__name__.partition(".")[0]
    return {name: each for name, each in list(sys.modules.items()) if name == top or name.startswith(f"{top}.")}
