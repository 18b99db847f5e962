"""What becomes of an exception: a readable message on stderr and an exit code; a traceback only for those who ask."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum

from nodeflow.context import Cancelled
from nodeflow.errors import ConfigError, NodeflowError, UnknownName
from nodeflow.problems import GraphError, Problem


class Exit(IntEnum):
    """The exit codes of the command line."""

    OK = 0
    FAILED = 1
    USAGE = 2
    GRAPH = 3
    CONFIG = 4
    DEFECT = 70
    CANCELLED = 130


class UsageError(Exception):
    """The command line is wrong, or a file it names cannot be read or written."""


def guarded(execute: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command; turn what it raises into a message and an exit code."""
    code = int(Exit.OK)
    try:
        code = execute(options)
        # Now, while a reader that has gone is still our matter: at the interpreter's end it is an ugly complaint.
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, Cancelled):
        complain("cancelled")
        return Exit.CANCELLED
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`. What is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code
    except Exception as error:  # noqa: BLE001 (the last place where anything can be said)
        if wants_traceback(options):
            traceback.print_exception(error)
        return _explained(error)


def wants_traceback(options: argparse.Namespace) -> bool:
    """Whether the user asked for tracebacks, by option or by variable."""
    return bool(options.traceback) or os.environ.get("NODEFLOW_TRACEBACK", "") not in ("", "0")


def complain(text: str) -> None:
    """Say something on stderr, under the program's name."""
    print(f"nodeflow: {text}", file=sys.stderr)


def problem_lines(problem: Problem) -> list[str]:
    """A problem as lines to read: where and what, then what was expected and what was got."""
    rows = [("expected", problem.expected), ("got", problem.got), ("nearest", problem.nearest)]
    shown = [f"      {name:8} {value}" for name, value in rows if value is not None]
    return [f"  {problem.pointer or '/'}", f"      {problem.message} [{problem.code}]", *shown]


def show_problems(error: GraphError) -> None:
    """Every problem of a graph, on stderr."""
    count = len(error.problems)
    complain("the graph has 1 problem" if count == 1 else f"the graph has {count} problems")
    for problem in error.problems:
        print("\n".join(problem_lines(problem)), file=sys.stderr)


def _complain_in_lines(error: Exception) -> None:
    for line in str(error).splitlines():
        complain(line)


def _explained(error: Exception) -> Exit:
    match error:
        case GraphError():
            show_problems(error)
            return Exit.GRAPH
        case ConfigError():
            _complain_in_lines(error)
            return Exit.CONFIG
        case UsageError() | UnknownName():
            _complain_in_lines(error)
            return Exit.USAGE
        case NodeflowError():
            complain(str(error))
            return Exit.FAILED
        case _:
            complain(f"a defect of nodeflow: {type(error).__name__}: {error} (--traceback shows where)")
            return Exit.DEFECT
