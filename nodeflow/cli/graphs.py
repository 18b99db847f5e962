"""`nodeflow graphs`: the graphs that plugins bring to start from, or one of them to be written to a file."""

from __future__ import annotations

import argparse
import json

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json
from nodeflow.errors import UnknownName


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", nargs="?", help="print this one, as PLUGIN/NAME")
    add_json(parser)
    add_common(parser)
    parser.epilog = "nodeflow graphs acme/sharpened | nodeflow run -    runs one."


def execute(options: argparse.Namespace) -> int:
    graphs = Catalogue(open_config(options), code_ids=False).plugins.graphs
    if options.graph is not None:
        if options.graph not in graphs:
            raise UnknownName("graph", options.graph, graphs)
        print(graphs[options.graph].read_text(encoding="utf-8"), end="")
    elif options.json:
        print(json.dumps({"graphs": [{"name": name, "file": str(file)} for name, file in graphs.items()]}, indent=2))
    else:
        print(table(["graph", "file"], [[name, str(file)] for name, file in sorted(graphs.items())]))
    return Exit.OK
