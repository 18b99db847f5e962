"""`nodeflow validate`: every problem at once, with its place; nothing is run and nothing kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GRAPHS = sorted((Path(__file__).parents[3] / "graphs").glob("*.json"))

Command = Callable[..., Any]
Write = Callable[..., Path]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_the_sample_graphs_are_valid(call: Command, path: Path) -> None:
    document = json.loads(path.read_text())
    told = call("validate", path)
    assert (told.code, told.err) == (0, "")
    assert told.out == f"{path}: valid, {len(document['nodes'])} nodes, inputs: {', '.join(document['inputs'])}\n"


def test_every_problem_is_listed_with_its_place(call: Command, graph: Write) -> None:
    path = graph(
        {
            "a": {"type": "Intger", "values": {}},
            "b": {"type": "IntegerMath", "values": {"a": 3.9, "b": "2", "operaton": "add"}},
            "c": {"type": "JoinText", "links": {"first": "d.text"}},
        }
    )
    told = call("validate", path)
    assert (told.code, told.out) == (3, "")
    lines = told.err.splitlines()
    assert lines[0] == "nodeflow: the graph has 5 problems"
    places = [line.strip() for line in lines if line.startswith("  /")]
    assert sorted(places) == [
        "/nodes/a/type",
        "/nodes/b/values/a",
        "/nodes/b/values/b",
        "/nodes/b/values/operaton",
        "/nodes/c/links/first",
    ]
    assert "      nearest  Integer" in lines
    assert "      nearest  operation" in lines
    found = call("validate", path, "--json")
    assert (found.code, found.err, found.json["valid"]) == (3, "", False)
    assert sorted(problem["pointer"] for problem in found.json["problems"]) == sorted(places)


def test_a_cycle_names_its_nodes(call: Command, graph: Write) -> None:
    told = call("validate", graph({n: {"type": "Reroute", "links": {"value": f"{m}.value"}} for n, m in ("ab", "ba")}))
    assert told.code == 3
    assert "2 nodes wait for each other: a <- b <- a [cycle]" in told.err


def test_settings_are_checked_with_the_graph(call: Command) -> None:
    path = next(path for path in GRAPHS if path.stem == "txt2img")
    assert call("validate", path, "--set", "steps=30").code == 0
    told = call("validate", path, "--set", "steps=0", "--set", "sample.sampler=eular")
    assert told.code == 3
    assert "/nodes/sample/values/steps" in told.err
    assert "nearest  euler" in told.err


def test_a_valid_graph_as_json(call: Command, graph: Write) -> None:
    path = graph({"s": {"type": "Seed", "values": {"value": None}}}, inputs={"seed": "s.value"})
    found = call("validate", path, "--json").json
    assert found == {"valid": True, "problems": [], "warnings": [], "nodes": 1, "inputs": {"seed": "s.value"}}
    assert call("validate", path).out == f"{path}: valid, 1 node, inputs: seed\n"


def test_nothing_is_run_nor_kept(call: Command, home: Path) -> None:
    assert call("validate", next(path for path in GRAPHS if path.stem == "image-only")).code == 0
    assert list(home.iterdir()) == []
    assert call("cache", "show", "--json").json["entries"] == 0


SHOUT = """
from nodeflow import Migration, hookimpl, node

@node(version=2)
def shout(text: str, times: int = 1) -> str:
    return text.upper() * times

def rename(old):
    old.rename_input("count", "times")

@hookimpl
def nodeflow_nodes():
    return [shout]

@hookimpl
def nodeflow_migrations():
    return [Migration("Shout", 1, rename)]
"""


def test_what_an_upgrade_has_changed_is_said(process: Command, graph: Write, tmp_path: Path) -> None:
    (tmp_path / "data" / "plugins").mkdir(parents=True)
    (tmp_path / "data" / "plugins" / "loud.py").write_text(SHOUT)
    old = graph(
        {"a": {"type": "loud/Shout", "version": 1, "values": {"text": "x", "count": 2}}}, inputs={"count": "a.count"}
    )
    said = "'a': the upgrade of loud/Shout from version 1 to 2: input 'count' is now 'times'"
    told = process("validate", old, "--set", "count=3")
    assert (told.code, told.err) == (0, f"nodeflow: warning: /nodes/a/version: {said} [migrated]\n")
    (warning,) = process("validate", old, "--json").json["warnings"]
    assert (warning["code"], warning["message"]) == ("migrated", said)
    ran = process("run", old, "--set", "a.times=3", "--json")
    assert (ran.code, ran.json["inputs"]) == (0, {"count": 3})
    assert ran.err.count(said) == 1
    assert "a.times=" not in ran.err
    newer = graph({"a": {"type": "loud/Shout", "version": 3, "values": {"text": "x"}}})
    assert "installed is version 2, which is older" in process("validate", newer).err
