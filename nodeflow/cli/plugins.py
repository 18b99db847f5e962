"""`nodeflow plugins`: what was found, what it brings, and why one failed."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, wants_traceback
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json
from nodeflow.plugins import Plugin


def configure(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    plugins = Catalogue(open_config(options)).plugins.loaded
    if options.json:
        print(json.dumps({"plugins": [asdict(plugin) for plugin in plugins]}, indent=2))
        return Exit.OK
    print(table(["name", "version", "from", "state", "brings"], [_row(plugin) for plugin in plugins]))
    for plugin in plugins:
        if plugin.error:
            print(f"\n{plugin.name} failed: {plugin.error}")
            if plugin.place:
                print(f"  {plugin.place}")
            print(plugin.traceback if wants_traceback(options) else "  (--traceback shows how)")
    return Exit.OK


def _row(plugin: Plugin) -> list[str]:
    count = len(plugin.nodes)
    brings = f"{count} {'node type' if count == 1 else 'node types'}" if plugin.state == "loaded" else ""
    return [plugin.name, plugin.version, plugin.source, plugin.state, brings]
