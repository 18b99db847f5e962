"""Writes the parts of docs/ that the code itself tells: docs/nodes.md, and the help texts in docs/cli.md."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from nodeflow.cli import COMMANDS, command_parser, node_reference, top_parser
from nodeflow.plugins import load_plugins

DOCS = Path(__file__).parent.parent / "docs"
BUILT_IN = frozenset({"basic", "image", "diffusion", "training"})
BLOCK = re.compile(r"<!-- help (?P<name>\w+) -->\n```text\n.*?```", re.DOTALL)


def documents() -> Mapping[Path, str]:
    """What the generated documents should say now."""
    cli = DOCS / "cli.md"
    return {DOCS / "nodes.md": nodes(), cli: with_help(cli.read_text(encoding="utf-8"))}


def nodes() -> str:
    """The reference of the node types that come with nodeflow, whatever else is installed."""
    registry = load_plugins().registry
    return node_reference.markdown([spec for spec in registry.nodes.values() if spec.owner in BUILT_IN], registry)


def with_help(document: str) -> str:
    """The document with every block marked `<!-- help NAME -->` holding what `nodeflow NAME --help` prints."""
    os.environ["COLUMNS"] = "100"
    return BLOCK.sub(lambda block: _block(block["name"]), document)


def _block(name: str) -> str:
    parser = command_parser(name) if name in COMMANDS else top_parser()
    return f"<!-- help {name} -->\n```text\n{parser.format_help()}```"


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
