"""`nodeflow plugins`: what was found, what it brings, and why one failed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sized
from dataclasses import asdict

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, complain, wants_traceback
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.plugins import Plugin
from nodeflow.plugins.brought import Brought
from nodeflow.plugins.hooks import PREFIX

WORDS = {"failed": "failed", "stale": "is as it was before, and cannot be loaded anew"}


def execute(options: argparse.Namespace) -> int:
    catalogue = Catalogue(open_config(options), quiet=True)
    plugins, kept = catalogue.plugins.loaded, catalogue.plugins.kept
    # What is wrong with a plugin is listed with it.
    listed = {plugin.complaint for plugin in plugins}
    for complaint in (complaint for complaint in catalogue.complaints if complaint not in listed):
        complain(f"warning: {complaint}")
    if options.json:
        print(json.dumps({"plugins": [asdict(plugin) for plugin in plugins]}, indent=2))
        return Exit.OK
    rows = [_row(plugin, kept[plugin.origin].brought if plugin.works else None) for plugin in plugins]
    print(table(["name", "version", "from", "state", "brings"], rows))
    for plugin in plugins:
        if plugin.error:
            print(f"\n{plugin.name} {WORDS[plugin.state]}: {plugin.error}")
            print("\n".join(f"  {line}" for line in (plugin.place, f"to mend it: {plugin.fix}") if line))
            print(plugin.traceback if wants_traceback(options) else "  (--traceback shows how)")
    return Exit.OK


def _row(plugin: Plugin, brought: Brought | None) -> list[str]:
    state = f"{plugin.state}, isolated" if plugin.isolated else plugin.state
    return [plugin.name, plugin.version, plugin.source, state, "" if brought is None else _brings(plugin, brought)]


def _brings(plugin: Plugin, brought: Brought) -> str:
    """How much of each kind; of a plugin that only takes part in what others do, its hooks."""
    kinds: dict[str, Sized] = {
        "node type": brought.nodes,
        "wire type": brought.types,
        "model folder": brought.folders,
        "graph": brought.graphs,
        "migration": brought.migrations,
        "observer": brought.observers,
        "detector": brought.detectors,
        "route": brought.routes,
        "executor": brought.executors,
    }
    counted = [f"{len(each)} {kind if len(each) == 1 else f'{kind}s'}" for kind, each in kinds.items() if each]
    counted += [f"{name} ({len(choices)})" for name, choices in brought.choices.items() if choices]
    return ", ".join(counted or [hook.removeprefix(PREFIX) for hook in plugin.hooks]) or "nothing"
