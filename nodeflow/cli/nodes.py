"""`nodeflow nodes`: the node types, one of them in full, or all of them as the reference in docs/nodes.md."""

from __future__ import annotations

import argparse
import json

from nodeflow.catalogue import Catalogue
from nodeflow.cli import node_reference
from nodeflow.cli.failures import Exit
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", nargs="?", help="describe this node type only")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="print one JSON object, with a JSON Schema of each type's values"
    )
    form.add_argument("--markdown", action="store_true", help="print a reference in Markdown")
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    registry = Catalogue(open_config(options), code_ids=False).registry
    specs = [registry.node(options.type)] if options.type else list(registry.nodes.values())
    if options.json:
        print(json.dumps({"nodes": [spec.json_schema() for spec in specs]}, indent=2))
    elif options.markdown:
        print(node_reference.markdown(specs, registry), end="")
    elif options.type:
        print(node_reference.text(specs[0], registry))
    else:
        print(_list(registry))
    return Exit.OK


def _list(registry: Registry) -> str:
    specs = sorted(registry.nodes.values(), key=lambda spec: (spec.category, spec.name))
    return table(["type", "category", "what it does"], [_row(spec) for spec in specs])


def _row(spec: NodeSpec) -> list[str]:
    return [spec.name, spec.category, spec.description.partition("\n")[0]]
