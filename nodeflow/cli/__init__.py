"""The command line: which commands there are. The module of a command is imported when the command is asked for."""

from __future__ import annotations

import argparse
import atexit
import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from nodeflow.cli.later import import_later

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

COMMANDS: Mapping[str, str] = {
    "run": "run a graph, or the graph inside a picture that nodeflow saved",
    "serve": "take graphs over HTTP, run them, keep what they made",
    "submit": "have a server run a graph, and follow it",
    "validate": "check a graph and list everything that is wrong with it",
    "nodes": "list the node types, or describe one",
    "graphs": "list the graphs that plugins bring to start from, or print one",
    "plugins": "list the plugins, and why one failed to load; install, remove, disable, lock",
    "doctor": "check the installation, and say what would mend it",
    "new-plugin": "write the project of a new plugin, which passes its own tests as it is",
    "check-plugin": "run a plugin's nodes and graphs, and check what every node must hold to",
    "models": "list the model files that nodes can choose, and the folders they are looked for in",
    "cache": "show or clear the results kept from earlier runs",
    "schema": "print the JSON Schema of a graph document",
}

CHECKING = frozenset({"validate", "nodes", "graphs", "plugins", "models"})
"""Commands that look at nodes without running any."""

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
    try:
        return _begun(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        # Before there is anything that could be asked to stop.
        print("nodeflow: cancelled", file=sys.stderr)
        return 130


def _begun(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        if arguments[0] in CHECKING:
            return _checked(arguments[0], arguments[1:])
        return _run(arguments[0], command(arguments[0]), arguments[1:])
    # Only now: looking for the commands of plugins takes longer than a command of ours does to begin.
    from nodeflow.cli import foreign

    others = foreign.commands(COMMANDS)
    parser = top_parser({name: foreign.summary(entry) for name, entry in others.items()})
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    name: str = parser.parse_args(arguments[:1]).command
    return _run_foreign(name, others[name], arguments[1:])


def _checked(name: str, arguments: Sequence[str]) -> int:
    """A command that is over in a moment, a third of it otherwise spent on numpy and on looking for garbage."""
    import_later("numpy")
    collecting = gc.isenabled()
    gc.disable()
    # Python looks once more when it ends, through all that there is: what is frozen is let go with the process.
    atexit.register(gc.freeze)
    try:
        return _run(name, command(name), arguments)
    finally:
        if collecting:
            # All that there is by now goes unlooked at to the oldest, which are looked at last.
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def _run(name: str, module: Command, arguments: Sequence[str]) -> int:
    from nodeflow.cli import failures

    return failures.guarded(module.execute, _parser(name, module).parse_args(arguments))


def _run_foreign(name: str, entry: EntryPoint, arguments: Sequence[str]) -> int:
    from nodeflow.cli import failures, foreign

    try:
        module = foreign.load(entry)
    except failures.UsageError as error:
        failures.complain(str(error))
        return failures.Exit.USAGE
    options = _parser(name, module).parse_args(arguments)
    return failures.guarded(foreign.executing(entry, module.execute), options)


def top_parser(others: Mapping[str, str] | None = None) -> argparse.ArgumentParser:
    """The parser of the first word; `others` are the commands of plugins, and what to say of each."""
    known = {**COMMANDS, **(others or {})}
    width = max(map(len, known))
    listed = "\n".join(f"  {name:{width}}  {summary}" for name, summary in known.items())
    parser = argparse.ArgumentParser(
        prog="nodeflow",
        usage="nodeflow COMMAND ...",
        description=f"Run image pipelines made of typed nodes.\n\ncommands:\n{listed}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", type=lambda name: _known(name, known), help=argparse.SUPPRESS)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of what follows a command of ours."""
    return _parser(name, command(name))


def _parser(name: str, module: Command) -> argparse.ArgumentParser:
    about = f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}." if name in COMMANDS else (module.__doc__ or "").strip()
    parser = argparse.ArgumentParser(
        prog=f"nodeflow {name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(parser)
    # What `guarded` asks for, and a command of a plugin may not have.
    parser.set_defaults(traceback=False)
    return parser


def command(name: str) -> Command:
    """The module of a command."""
    return cast("Command", importlib.import_module(f"nodeflow.cli.{name.replace('-', '_')}"))


def _known(name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    raise argparse.ArgumentTypeError(
        f"no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}")
    )


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"nodeflow {version('nodeflow')}")
        parser.exit()
