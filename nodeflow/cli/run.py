"""`nodeflow run`: run a graph, copy what it made to a folder, print where that is."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from nodeflow.app import App
from nodeflow.cli.artifacts import check_folder, copy_artifact
from nodeflow.cli.document import read_graph
from nodeflow.cli.failures import Exit, complain, wants_traceback
from nodeflow.cli.interruption import cancelling
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_device, add_graph, add_inputs, add_json
from nodeflow.cli.progress import bars
from nodeflow.cli.run_report import Artifact, as_json, explained, invalid_as_json, summary
from nodeflow.cli.setting import apply_settings, in_their_words
from nodeflow.executor import Result
from nodeflow.graph import Graph
from nodeflow.plan import Plan
from nodeflow.problems import GraphError

EXITS: Mapping[str, Exit] = {"succeeded": Exit.OK, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}


def configure(parser: argparse.ArgumentParser) -> None:
    add_graph(parser)
    add_inputs(parser)
    parser.add_argument(
        "--output", type=Path, default=Path("output"), metavar="DIR", help="put artifacts here (default: output)"
    )
    parser.add_argument(
        "--target", action="append", metavar="NODE", help="run only this node and what it needs; may be repeated"
    )
    parser.add_argument("--no-cache", action="store_true", help="run every node, whatever is kept from earlier runs")
    parser.add_argument("--explain", action="store_true", help="say of each node why it runs, or that it is cached")
    add_device(parser)
    add_json(parser)
    add_common(parser)
    parser.epilog = "The path of each artifact is printed on a line of its own; everything else goes to stderr."


def execute(options: argparse.Namespace) -> int:
    check_folder(options.output)
    try:
        app = App(open_config(options))
        graph, notes = app.upgrade(read_graph(options.graph))
        graph = apply_settings(graph, options.settings, app)
        plan = app.plan(graph, options.target).noting(notes)
    except GraphError as error:
        if not options.json:
            raise
        print(invalid_as_json(error))
        return Exit.GRAPH
    _announce(graph, plan)
    result = _run(app, plan, options)
    artifacts = _copies(app, result, options.output)
    if options.json:
        print(as_json(plan, result, artifacts))
    else:
        _tell(plan, result, artifacts, options)
    if result.error is not None and wants_traceback(options):
        traceback.print_exception(result.error)
    return EXITS[result.state]


def _announce(graph: Graph, plan: Plan) -> None:
    """What the user did not write and should know: seeds that were drawn, and warnings."""
    for warning in plan.warnings:
        complain(f"warning: {warning}")
    for node_id, node in plan.graph.nodes.items():
        for name, value in node.values.items():
            if graph.nodes[node_id].values.get(name) is None and value is not None:
                print(f"{node_id}.{name}={value}", file=sys.stderr)


def _run(app: App, plan: Plan, options: argparse.Namespace) -> Result:
    titles = {step.id: plan.graph.nodes[step.id].title or step.id for step in plan.steps}
    with bars(titles) as listener, cancelling() as cancellation:
        return app.executor.run_sync(
            plan, listener=listener, cancel=cancellation, use_cache=not options.no_cache, explain=options.explain
        )


def _copies(app: App, result: Result, folder: Path) -> list[Artifact]:
    return [
        Artifact(node_id, file, copy_artifact(app.store.path(file.sha256), folder, file.name))
        for node_id, files in result.artifacts.items()
        for file in files
    ]


def _tell(plan: Plan, result: Result, artifacts: Sequence[Artifact], options: argparse.Namespace) -> None:
    if options.explain:
        print(table(["node", "state", "why"], explained(plan, result)), file=sys.stderr)
    for path in dict.fromkeys(artifact.path for artifact in artifacts):
        print(path)
    if result.error is not None:
        complain(in_their_words(str(result.error), plan.graph, options.settings))
    elif result.state == "cancelled":
        complain("cancelled")
    elif sys.stderr.isatty():
        print(summary(plan, result), file=sys.stderr)
