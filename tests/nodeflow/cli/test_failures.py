"""Exceptions become messages and exit codes; tracebacks are for those who ask; a reader that goes is no failure."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nodeflow.cli.failures import UsageError, guarded, problem_lines
from nodeflow.context import Cancelled
from nodeflow.errors import ConfigError, NodeflowError, UnknownName
from nodeflow.problems import GraphError, Problem

Command = Callable[..., Any]


def end(error: BaseException, *, traceback: bool = False) -> int:
    """The exit code of a command that raises."""

    def execute(_: argparse.Namespace) -> int:
        raise error

    return guarded(execute, argparse.Namespace(traceback=traceback))


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("no such thing"), 2, "nodeflow: no such thing\n"),
        (UnknownName("node type", "Blurr", ["Blur"]), 2, "nodeflow: no node type 'Blurr'; did you mean 'Blur'?\n"),
        (ConfigError("one\ntwo"), 4, "nodeflow: one\nnodeflow: two\n"),
        (NodeflowError("a mistake"), 1, "nodeflow: a mistake\n"),
        (KeyboardInterrupt(), 130, "nodeflow: cancelled\n"),
        (Cancelled(), 130, "nodeflow: cancelled\n"),
        (
            ZeroDivisionError("x"),
            70,
            "nodeflow: a defect of nodeflow: ZeroDivisionError: x (--traceback shows where)\n",
        ),
    ],
)
def test_an_exception_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    assert end(error) == code
    assert capsys.readouterr() == ("", said)


def test_every_problem_of_a_graph_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem("cycle", "/nodes/a", "a waits for b"), Problem("bad_link", "", "no link", "x.y", "'x'", "z")]
    assert end(GraphError(problems)) == 3
    assert capsys.readouterr().err.splitlines() == [
        "nodeflow: the graph has 2 problems",
        "  /nodes/a",
        "      a waits for b [cycle]",
        "  /",
        "      no link [bad_link]",
        "      expected x.y",
        "      got      'x'",
        "      nearest  z",
    ]
    assert problem_lines(problems[0]) == ["  /nodes/a", "      a waits for b [cycle]"]


@pytest.mark.parametrize(("option", "variable", "shown"), [(True, "", True), (False, "1", True), (False, "0", False)])
def test_a_traceback_is_for_those_who_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: bool, variable: str, shown: bool
) -> None:
    monkeypatch.setenv("NODEFLOW_TRACEBACK", variable)
    end(NodeflowError("a mistake"), traceback=option)
    assert ("Traceback (most recent call last)" in capsys.readouterr().err) is shown


@pytest.mark.parametrize("arguments", [["schema"], ["nodes", "--json"]])
def test_a_reader_that_goes_away_is_no_failure(environ: Mapping[str, str], arguments: list[str]) -> None:
    """`nodes --json` fills the pipe, which is noticed while it prints; `schema` fits in, and is noticed at the end."""
    command = [sys.executable, "-m", "nodeflow", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "ok.json"], 0),
        (["run", "fails.json"], 1),
        (["run", "missing.json"], 2),
        (["run", "ok.json", "--no-such-option"], 2),
        (["run", "ok.json", "--output", "ok.json"], 2),
        (["nodes", "Txet"], 2),
        (["validate", "wrong.json"], 3),
        (["run", "wrong.json"], 3),
        (["run", "ok.json", "--set", "nothing=1"], 3),
        (["validate", "ok.json", "--config", "missing.toml"], 4),
    ],
)
def test_processes_end_with_the_codes_that_the_docs_name(
    process: Command, graph: Callable[..., Any], arguments: list[str], code: int
) -> None:
    graph({"a": {"type": "Text", "values": {"value": "x"}}}, "ok.json")
    graph({"a": {"type": "acme/Fail", "values": {"message": "on fire"}}}, "fails.json")
    graph({"a": {"type": "Txet"}}, "wrong.json")
    told = process(*arguments)
    assert told.code == code
    assert bool(told.err) is (code != 0)
    assert "Traceback" not in told.err
