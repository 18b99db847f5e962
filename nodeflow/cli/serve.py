"""`nodeflow serve`: take graphs over HTTP, run them, keep what they made."""

from __future__ import annotations

import argparse
import importlib.util
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from nodeflow.cli.failures import Exit, UsageError
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_device

GRACE = 20.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="serve at this address (default: 127.0.0.1, this machine)")
    parser.add_argument("--port", type=int, metavar="N", help="serve at this port (default: 8188); 0 takes a free one")
    parser.add_argument("--data", type=Path, metavar="DIR", dest="data_dir", help="keep runs and files here")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="ask for the token in this file; needed beyond this machine"
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=GRACE,
        metavar="S",
        help="seconds that runs have to finish at the end (default: 20)",
    )
    parser.add_argument(
        "--log", choices=["text", "json"], help="how to log to stderr (default: text on a terminal, else json)"
    )
    parser.add_argument(
        "--template", metavar="NAME", help="print the address at which the editor opens with this template, say txt2img"
    )
    parser.add_argument(
        "--dev",
        action="store_const",
        const=True,
        dest="development",
        help="load plugins anew when their files change: an edit is live at the next run",
    )
    add_device(parser)
    add_common(parser)
    parser.epilog = "The address is printed on a line once it can be asked. docs/api.md describes the API."


def execute(options: argparse.Namespace) -> int:
    if importlib.util.find_spec("aiohttp") is None or importlib.util.find_spec("prometheus_client") is None:
        raise UsageError("the server needs aiohttp and prometheus-client: pip install 'nodeflow[server]'")
    from nodeflow.server import logs, serving

    logs.configure(options.log)
    serving.serve(open_config(options), partial(_announce, options.template), options.grace)
    return Exit.OK


def _announce(template: str | None, address: str) -> None:
    page = f"/?{urlencode({'template': template})}" if template is not None else ""
    print(f"nodeflow serves at {address}{page}", flush=True)
