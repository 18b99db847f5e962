"""`nodeflow plugins enable` and `disable`."""

from __future__ import annotations

import argparse
from typing import Any

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, UsageError
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common
from nodeflow.cli.plugins.changing import named


def add_to(actions: Any) -> None:
    for action, help_, on in (
        ("enable", "load a plugin again that was disabled", True),
        ("disable", "do not load a plugin any more; it stays installed", False),
    ):
        parser = actions.add_parser(action, help=help_)
        parser.add_argument("plugin", metavar="NAME", help="as `nodeflow plugins` lists it")
        add_common(parser)
        parser.set_defaults(act=execute, on=on)


def execute(options: argparse.Namespace) -> int:
    config = open_config(options)
    catalogue = Catalogue(config)
    named(catalogue, options.plugin)
    if options.on and options.plugin in config.disabled_plugins:
        raise UsageError(f"the setting disabled_plugins names {options.plugin!r}; take it out there")
    catalogue.switches.switch(options.plugin, on=options.on)
    print(f"{options.plugin} is {'enabled' if options.on else 'disabled'}, from the next start on")
    return Exit.OK
