"""Writes the parts of docs/ that the code itself tells: docs/nodes.md, and the help texts in docs/cli.md."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

from nodeflow.cli import COMMANDS, command_parser, node_reference, top_parser
from nodeflow.hookspecs import GROUP
from nodeflow.plugins import HOST, load_plugins

COLUMNS = "100"
"""How wide the help is, as argparse reads it from the environment."""
DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"<!-- help (?P<name>[\w-]+) -->\n```text\n.*?```", re.DOTALL)


def documents() -> Mapping[Path, str]:
    """What the generated documents should say now."""
    cli = DOCS / "cli.md"
    return {DOCS / "nodes.md": nodes(), cli: with_help(cli.read_text(encoding="utf-8"))}


def nodes() -> str:
    """The reference of the node types that come with nodeflow, whatever else is installed."""
    registry = load_plugins(distribution(HOST).entry_points.select(group=GROUP)).registry
    return node_reference.markdown(registry.nodes.values(), registry)


def with_help(document: str) -> str:
    """The document with every block marked `<!-- help NAME -->` holding what `nodeflow NAME --help` prints."""
    return BLOCK.sub(lambda block: _block(block["name"]), document)


def _block(name: str) -> str:
    parser = command_parser(name) if name in COMMANDS else top_parser()
    return f"<!-- help {name} -->\n```text\n{parser.format_help()}```"


if __name__ == "__main__":
    os.environ["COLUMNS"] = COLUMNS
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
