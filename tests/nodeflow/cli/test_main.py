"""The first word of the command line: which commands there are, and how little it takes to say so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nodeflow.cli import COMMANDS, command, command_parser
from nodeflow.cli.failures import Exit

GRAPHS = Path(__file__).parents[3] / "graphs"
HEAVY = {"torch", "transformers", "tokenizers", "diffusers", "scipy", "rich"}
IMPORTED = """
import json, sys
from nodeflow.cli import main
wanted, sys.stdout = sys.stdout, sys.stderr
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print(json.dumps([code, sorted(sys.modules)]), file=wanted)
"""
COLLECTED = """
import atexit, gc, sys
from nodeflow.cli import main
atexit.register(lambda: print("frozen at the end:", gc.get_freeze_count() > 0))
main(sys.argv[1:])
youngest, young, old = (len(gc.get_objects(generation)) for generation in range(3))
print("collecting:", gc.isenabled(), "frozen:", gc.get_freeze_count() > 0, "to look at:", youngest + young > old)
"""

Command = Callable[..., Any]


def test_help_names_every_command_and_every_exit_code(call: Command) -> None:
    told = call("--help")
    assert (told.code, told.err) == (0, "")
    assert all(f"  {name} " in told.out for name in COMMANDS)
    codes = [line.split()[0] for line in told.out.split("exit codes:\n")[1].splitlines() if line.startswith("  ")]
    assert codes == [str(int(code)) for code in Exit]


def test_no_command_is_answered_with_the_help_as_an_error(call: Command) -> None:
    told = call()
    assert (told.code, told.out) == (Exit.USAGE, "")
    assert told.err == call("--help").out


def test_a_misspelt_command_is_told_the_nearest(call: Command) -> None:
    told = call("rnu", "graph.json")
    assert told.code == Exit.USAGE
    assert "no command 'rnu'; did you mean 'run'?" in told.err
    assert f"there are {', '.join(COMMANDS)}" in call("frobnicate").err


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_takes(call: Command, name: str) -> None:
    told = call(name, "--help")
    assert told.code == 0
    assert told.out == command_parser(name).format_help()
    assert told.out.startswith(f"usage: nodeflow {name} ")
    assert "--config FILE" in told.out
    assert command(name).__doc__.startswith(f"`nodeflow {name}`")


def test_options_are_not_guessed_from_their_beginnings(call: Command) -> None:
    told = call("run", "graph.json", "--out", "x")
    assert told.code == Exit.USAGE
    assert "unrecognized arguments: --out" in told.err


def test_the_version_is_that_of_the_distribution(call: Command) -> None:
    from importlib.metadata import version

    assert call("--version").out == f"nodeflow {version('nodeflow')}\n"


@pytest.mark.parametrize(
    ("arguments", "kept_out"),
    [
        (["--help"], {*HEAVY, "pydantic", "numpy", "networkx", "nodeflow.plugins"}),
        (["validate", GRAPHS / "txt2img.json"], {*HEAVY, "PIL", "yaml", "nodeflow.executor", "nodeflow.cache"}),
        (["nodes", "KSampler"], HEAVY),
        (["run", GRAPHS / "image-only.json"], HEAVY),
        (["schema"], HEAVY),
    ],
)
def test_a_command_imports_no_more_than_it_needs(
    environ: Mapping[str, str], arguments: list[object], kept_out: set[str]
) -> None:
    command = [sys.executable, "-c", IMPORTED, *map(str, arguments)]
    # The environment of a run asks torch about GPUs unless a CPU is asked for, where the build may know one.
    made = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**environ, "NODEFLOW_DEVICE": "cpu"}
    )
    code, modules = json.loads(made.stdout)
    assert code == 0, made.stderr
    assert kept_out.isdisjoint(modules)


def test_a_command_that_checks_looks_for_no_garbage_at_the_end(environ: Mapping[str, str]) -> None:
    command = [sys.executable, "-c", COLLECTED, "nodes", "KSampler"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={**environ}).stdout.splitlines()
    assert told[-2:] == ["collecting: True frozen: False to look at: False", "frozen at the end: True"]


def test_the_module_runs_as_the_script_does(process: Command) -> None:
    assert process("--version").out.startswith("nodeflow ")
    assert process("validate", GRAPHS / "image-only.json").code == 0
