"""`nodeflow validate`: every problem of a graph, without running it."""

from __future__ import annotations

import argparse
import json

from nodeflow.catalogue import Catalogue
from nodeflow.cli.document import read_graph
from nodeflow.cli.failures import Exit, complain
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_graph, add_inputs, add_json
from nodeflow.cli.setting import apply_settings
from nodeflow.plan import Plan
from nodeflow.problems import GraphError


def configure(parser: argparse.ArgumentParser) -> None:
    add_graph(parser)
    add_inputs(parser)
    add_json(parser)
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    try:
        catalogue = Catalogue(open_config(options), code_ids=False)
        graph, notes = catalogue.upgrade(read_graph(options.graph))
        plan = catalogue.check(apply_settings(graph, options.settings, catalogue)).noting(notes)
    except GraphError as error:
        if not options.json:
            raise
        print(json.dumps({"valid": False, "problems": [problem.dump() for problem in error.problems]}, indent=2))
        return Exit.GRAPH
    _show(plan, options)
    return Exit.OK


def _show(plan: Plan, options: argparse.Namespace) -> None:
    graph, warnings = plan.graph, plan.warnings
    if options.json:
        found = {"valid": True, "problems": [], "warnings": [warning.dump() for warning in warnings]}
        print(json.dumps({**found, "nodes": len(graph.nodes), "inputs": dict(graph.inputs)}, indent=2))
        return
    for warning in warnings:
        complain(f"warning: {warning}")
    inputs = f", inputs: {', '.join(graph.inputs)}" if graph.inputs else ""
    print(f"{options.graph}: valid, {len(graph.nodes)} {'node' if len(graph.nodes) == 1 else 'nodes'}{inputs}")
