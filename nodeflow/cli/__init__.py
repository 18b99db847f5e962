"""The command line: which commands there are. The module of a command is imported when the command is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

COMMANDS: Mapping[str, str] = {
    "run": "run a graph, or the graph inside a picture that nodeflow saved",
    "serve": "take graphs over HTTP, run them, keep what they made",
    "submit": "have a server run a graph, and follow it",
    "validate": "check a graph and list everything that is wrong with it",
    "nodes": "list the node types, or describe one",
    "graphs": "list the graphs that plugins bring to start from, or print one",
    "plugins": "list the plugins, and why one failed to load",
    "new-plugin": "write the project of a new plugin, which passes its own tests as it is",
    "check-plugin": "run a plugin's nodes and graphs, and check what every node must hold to",
    "models": "list the model files that nodes can choose, and the folders they are looked for in",
    "cache": "show or clear the results kept from earlier runs",
    "schema": "print the JSON Schema of a graph document",
}

EPILOG = """\
exit codes:
  0    all went well
  1    a node of the run failed
  2    the command line is wrong, or a file it names cannot be read or written
  3    the graph is not valid
  4    the settings are not valid
  70   a defect of nodeflow itself
  130  cancelled (Ctrl-C)

`nodeflow COMMAND --help` tells more.
"""


class Command(Protocol):
    """What the module of a command holds."""

    def configure(self, parser: argparse.ArgumentParser) -> None: ...

    def execute(self, options: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Raises SystemExit for `--help` and for an unreadable command line."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = top_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    name: str = parser.parse_args(arguments[:1]).command
    from nodeflow.cli import failures

    options = command_parser(name).parse_args(arguments[1:])
    return failures.guarded(command(name).execute, options)


def top_parser() -> argparse.ArgumentParser:
    """The parser of the first word."""
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {summary}" for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="nodeflow",
        usage="nodeflow COMMAND ...",
        description=f"Run image pipelines made of typed nodes.\n\ncommands:\n{listed}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", type=_known, help=argparse.SUPPRESS)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of what follows a command."""
    parser = argparse.ArgumentParser(
        prog=f"nodeflow {name}",
        description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command(name).configure(parser)
    return parser


def command(name: str) -> Command:
    """The module of a command."""
    return cast("Command", importlib.import_module(f"nodeflow.cli.{name.replace('-', '_')}"))


def _known(name: str) -> str:
    if name in COMMANDS:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    raise argparse.ArgumentTypeError(
        f"no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(COMMANDS)}")
    )


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"nodeflow {version('nodeflow')}")
        parser.exit()
