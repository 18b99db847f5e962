"""`nodeflow plugins`: list them, install, remove, switch on and off, lock."""

from __future__ import annotations

import argparse

from nodeflow.cli.options import add_common, add_json
from nodeflow.cli.plugins import changing, listing, locking, switching


def configure(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_common(parser)
    parser.set_defaults(act=listing.execute)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    for module in (changing, switching, locking):
        module.add_to(actions)
    parser.epilog = "Without an action the plugins are listed. `nodeflow plugins ACTION --help` tells more."


def execute(options: argparse.Namespace) -> int:
    code: int = options.act(options)
    return code
