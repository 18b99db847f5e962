"""Options that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_common(parser: argparse.ArgumentParser) -> None:
    """What every command takes."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="read settings from this file")
    parser.add_argument(
        "--traceback", action="store_true", help="show where an error arose (also NODEFLOW_TRACEBACK=1)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_graph(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", help="a graph document, or a picture that carries one; - reads stdin")


def add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="settings",
        help="give one of the graph's inputs a value, or one of a node's as NODE.INPUT; may be repeated",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, mps (default: as the settings say)")
    parser.add_argument(
        "--dtype", metavar="NAME", help="auto, float32, bfloat16, float16 (default: as the settings say)"
    )
