"""`nodeflow submit`: have a server run a graph, follow it, fetch what it made."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nodeflow.cli.artifacts import check_folder, copy_artifact
from nodeflow.cli.document import read_graph
from nodeflow.cli.failures import Exit, UsageError, complain, show_problems
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_graph, add_inputs, add_json
from nodeflow.cli.progress import bars
from nodeflow.cli.setting import in_their_words
from nodeflow.graph import Graph, parse
from nodeflow.problems import GraphError, Problem

if TYPE_CHECKING:
    from nodeflow.api.run import Run
    from nodeflow.client import Client, ServerError

EXITS: Mapping[str, Exit] = {"succeeded": Exit.OK, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}


def configure(parser: argparse.ArgumentParser) -> None:
    add_graph(parser)
    add_inputs(parser)
    parser.add_argument("--server", metavar="URL", help="where the server is (default: the settings' host and port)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="holds the server's token")
    parser.add_argument("--saved", action="store_true", help="GRAPH is the name of a graph that the server has saved")
    parser.add_argument("--follow", action="store_true", help="wait for the end, and fetch what was made")
    parser.add_argument(
        "--output", type=Path, default=Path("output"), metavar="DIR", help="put artifacts here (default: output)"
    )
    parser.add_argument(
        "--target", action="append", metavar="NODE", help="run only this node and what it needs; may be repeated"
    )
    parser.add_argument("--priority", type=int, default=0, metavar="N", help="runs of a higher one go first")
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="to find the run again")
    add_json(parser)
    add_common(parser)
    parser.epilog = (
        "Prints the number of the run; with --follow the path of each artifact, on a line of its own. Ctrl-C stops "
        "following; the run goes on."
    )


def execute(options: argparse.Namespace) -> int:
    if importlib.util.find_spec("aiohttp") is None:
        raise UsageError("talking to a server needs aiohttp: pip install 'nodeflow[server]'")
    from nodeflow.client import ServerError, Unreachable

    config = open_config(options)
    if options.follow:
        check_folder(options.output)
    url = options.server or f"http://{config.host}:{config.port}"
    try:
        return asyncio.run(_submit(options, url, _token(config.token_file)))
    except Unreachable as error:
        raise UsageError(str(error)) from error
    except ServerError as error:
        return _refused(error)


async def _submit(options: argparse.Namespace, url: str, token: str | None) -> int:
    from nodeflow.cli.remote_setting import apply_settings
    from nodeflow.client import Client

    async with Client(url, token=token) as client:
        given = parse(await client.graph(options.graph)) if options.saved else read_graph(options.graph)
        graph = await apply_settings(client, given, options.settings)
        accepted = await client.submit(
            graph.dump(), targets=options.target, priority=options.priority, tags=options.tag
        )
        if not options.follow:
            print(accepted.model_dump_json(indent=2) if options.json else accepted.id)
            return Exit.OK
        await _watch(client, accepted.id, graph)
        run = await client.finished(accepted.id)
        paths = await _fetch(client, run, options.output)
    _tell(run, paths, graph, options)
    return EXITS[run.state]


async def _watch(client: Client, run_id: str, graph: Graph) -> None:
    """Draw bars until the run has ended."""
    from nodeflow.events import Event

    titles = {node_id: node.title or node_id for node_id, node in graph.nodes.items()}
    with bars(titles) as listener:
        async for event in client.events(run_id):
            if listener is not None and event.node_id in titles:
                kind = event.kind
                listener(Event(event.sequence or 0, run_id, kind, event.time, event.node_id, event.data))  # type: ignore[arg-type]


async def _fetch(client: Client, run: Run, folder: Path) -> list[Path]:
    """Copies of what the run made, each under its name."""
    paths = []
    with tempfile.TemporaryDirectory() as here:
        for made in run.artifacts:
            arrived = Path(here) / made.sha256
            await client.download(made.sha256, arrived)
            paths.append(copy_artifact(arrived, folder, made.name))
    return list(dict.fromkeys(paths))


def _tell(run: Run, paths: list[Path], graph: Graph, options: argparse.Namespace) -> None:
    if options.json:
        print(run.model_dump_json(indent=2))
        return
    for path in paths:
        print(path)
    for node in run.nodes:
        for warning in node.warnings:
            complain(f"warning: {node.node_id!r} ({node.type}): {warning}")
    if run.error is not None:
        complain(in_their_words(run.error.message, graph, options.settings))
    elif run.state == "cancelled":
        complain("cancelled")


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the token in {str(file)!r}: {error}") from error


def _refused(error: ServerError) -> Exit:
    """What the server said, told as `nodeflow run` tells it."""
    if error.problem.type != "/problems/invalid-graph":
        complain(str(error))
        return Exit.FAILED
    flaws = error.problem.errors
    show_problems(
        GraphError(
            Problem(flaw.code, flaw.pointer.removeprefix("/graph"), flaw.message, flaw.expected, flaw.got, flaw.nearest)
            for flaw in flaws
        )
    )
    return Exit.GRAPH
