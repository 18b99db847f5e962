"""Commands of plugins: listed without importing anything of theirs, and run like our own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodeflow import cli

Command = Callable[..., Any]

SOURCE = (
    '"""Greet somebody."""\n\n'
    """
def configure(parser):
    parser.add_argument("name")

def execute(options):
    if options.name == "nobody":
        raise LookupError("there is nobody")  # HERE
    if options.name == "odd":
        return "odd"
    print(f"hello {options.name}")
    return 0
"""
)


@pytest.fixture
def install(site: Any) -> Callable[..., None]:
    def installed(distribution: str, commands: dict[str, str], **modules: str) -> None:
        info = site.install(distribution, {f"{name}.py": text for name, text in modules.items()}, {})
        lines = "".join(f"{name} = {value}\n" for name, value in commands.items())
        (info / "entry_points.txt").write_text(f"[nodeflow.commands]\n{lines}")

    return installed


def test_one_is_listed_unimported_and_run(call: Command, install: Callable[..., None]) -> None:
    install("acme-hello", {"hello": "acme_hello"}, acme_hello=SOURCE)
    assert "\n  hello " in call("--help").out
    assert "from acme-hello\n" in call("--help").out
    assert "acme_hello" not in sys.modules
    assert (call("hello", "you").code, call("hello", "you").out) == (0, "hello you\n")
    told = call("hello", "--help")
    assert told.out.startswith("usage: nodeflow hello [-h] name\n\nGreet somebody.")
    assert "did you mean 'hello'?" in call("helo").err


def test_a_command_of_ours_and_the_first_of_two_keep_their_names(call: Command, install: Callable[..., None]) -> None:
    install("acme-b", {"hello": "acme_b", "schema": "acme_b"}, acme_b="raise SystemExit(7)")
    install("acme-a", {"hello": "acme_a"}, acme_a=SOURCE)
    assert call("hello", "you").out == "hello you\n"
    assert call("schema").code == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("raise SystemExit(7)", "cannot be loaded: SystemExit: 7"),
        ("def configure(parser): ...", "has no execute: write it"),
        ("", "has no configure and no execute: write it"),
    ],
)
def test_one_that_cannot_be_loaded_says_why(
    call: Command, install: Callable[..., None], tmp_path: Path, source: str, said: str
) -> None:
    install("acme-bad", {"bad": "acme_bad"}, acme_bad=source)
    told = call("bad")
    assert told.code == 2
    assert told.err.startswith(f"nodeflow: the command 'bad' from acme-bad {said}")
    assert f"in {tmp_path / 'site' / 'acme_bad.py'}" in told.err
    assert "bad" in call("--help").out


def test_an_error_of_its_own_is_no_defect_of_ours(call: Command, install: Callable[..., None], tmp_path: Path) -> None:
    install("acme-hello", {"hello": "acme_hello"}, acme_hello=SOURCE)
    told = call("hello", "nobody")
    line = next(number for number, text in enumerate(SOURCE.splitlines(), 1) if text.endswith("# HERE"))
    place = f"{tmp_path / 'site' / 'acme_hello.py'}:{line}"
    said = f"nodeflow: the command 'hello' from acme-hello failed: LookupError: there is nobody, in {place} "
    assert (told.code, told.err.startswith(said)) == (1, True)
    told = call("hello", "odd")
    assert (told.code, "gave 'odd'; its execute must return an exit code" in told.err) == (1, True)


def test_an_interruption_before_anything_runs_is_told_in_a_line(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "command", interrupted)
    told = call("run", "graph.json")
    assert (told.code, told.err) == (130, "nodeflow: cancelled\n")
