"""`nodeflow schema`: the JSON Schema of a graph document."""

from __future__ import annotations

import argparse
import json

from nodeflow.cli.failures import Exit
from nodeflow.cli.options import add_common
from nodeflow.graph import graph_schema


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    del options
    print(json.dumps(graph_schema(), indent=2))
    return Exit.OK
