"""`nodeflow cache`: how much is kept from earlier runs, and forgetting it."""

from __future__ import annotations

import argparse
import json

from nodeflow.app import App
from nodeflow.cli.failures import Exit
from nodeflow.cli.listing import size
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["show", "clear"], help="show what is kept, or forget it")
    add_json(parser)
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    app = App(open_config(options))
    kept = app.cache.usage().get("disk", {"entries": 0, "bytes": 0, "budget": 0})
    if options.action == "clear":
        app.cache.clear()
    found = {"folder": str(app.config.cache_dir), "cleared": options.action == "clear", **kept}
    print(json.dumps(found, indent=2) if options.json else _sentence(app, options.action, kept))
    return Exit.OK


def _sentence(app: App, action: str, kept: dict[str, int]) -> str:
    entries = "1 result" if kept["entries"] == 1 else f"{kept['entries']} results"
    if action == "clear":
        return f"forgot {entries}, {size(kept['bytes'])}, from {app.config.cache_dir}"
    return f"{entries}, {size(kept['bytes'])} of at most {size(kept['budget'])}, in {app.config.cache_dir}"
