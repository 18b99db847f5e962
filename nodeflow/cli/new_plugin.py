"""`nodeflow new-plugin`: write the project of a new plugin, which passes its own tests as it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from nodeflow.cli.failures import Exit
from nodeflow.cli.options import add_common
from nodeflow.scaffold import write_project


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the project and the plugin, such as acme-sharpen")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="write it here (default: a new folder of that name)")
    add_common(parser)
    parser.epilog = "It is ready for: pip install -e . && pytest"


def execute(options: argparse.Namespace) -> int:
    folder = options.folder or Path(options.name)
    for path in write_project(options.name, folder):
        print(folder / path)
    return Exit.OK
