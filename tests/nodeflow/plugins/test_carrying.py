"""Executors of plugins carry nodes out where the settings say so, and change nothing else."""

import logging
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse

PLUGIN = """
from typing import NamedTuple
from nodeflow import Context, hookimpl, node
CALLS = []

class Both(NamedTuple):
    first: int
    second: int

@node
def double(number: int) -> int:
    return 2 * number

@node
async def later(number: int) -> Both:
    return Both(number, number + 1)

@hookimpl
def nodeflow_nodes():
    return [double, later]

def noted(node, ctx):
    CALLS.append((type(node).__name__, node.number, ctx.node_id))
    return node.run(ctx)

def wrong(node, ctx):
    return "nothing of the kind"

@hookimpl
def nodeflow_executors():
    return {"noted": noted, "wrong": wrong}
"""
GRAPH = parse(
    {
        "nodeflow": 1,
        "nodes": {
            "a": {"type": "acme/Double", "values": {"number": 3}},
            "b": {"type": "acme/Later", "links": {"number": "a.integer"}},
        },
    }
)


def app(site: Any, tmp_path: Path, executors: dict[str, str]) -> App:
    site.install("acme", {"acme_carried.py": PLUGIN}, {"acme": "acme_carried"})
    settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "executors": executors}
    return App(Config(**settings))


def calls(made: App) -> list[Any]:
    found: list[Any] = made.plugins.manager.get_plugin("acme").CALLS
    return found


@pytest.mark.parametrize(
    ("executors", "called"),
    [
        ({}, []),
        ({"acme": "acme/noted"}, [("double", 3, "a"), ("later", 6, "b")]),
        ({"acme/Double": "acme/noted"}, [("double", 3, "a")]),
        ({"acme": "acme/wrong", "acme/Double": "acme/noted", "acme/Later": "acme/noted"}, [...]),
    ],
)
def test_the_settings_say_which(site: Any, tmp_path: Path, executors: dict[str, str], called: list[Any]) -> None:
    made = app(site, tmp_path, executors)
    result = made.run(GRAPH).raise_error()
    assert (result["b.first"], result["b.second"]) == (6, 7)
    told = [(name.lower(), *rest) for name, *rest in calls(made)]
    assert told == (called if called != [...] else [("double", 3, "a"), ("later", 6, "b")])


def test_keys_and_results_are_those_of_the_node_itself(site: Any, tmp_path: Path) -> None:
    plain, carried = app(site, tmp_path, {}), app(site, tmp_path, {"acme": "acme/noted"})
    assert [step.key for step in plain.plan(GRAPH).steps] == [step.key for step in carried.plan(GRAPH).steps]
    plain.run(GRAPH).raise_error()
    assert {step.state for step in carried.run(GRAPH).raise_error().steps.values()} == {"cached"}


def test_what_an_executor_gives_is_checked(site: Any, tmp_path: Path) -> None:
    result = app(site, tmp_path, {"acme": "acme/wrong"}).run(GRAPH)
    assert result.state == "failed"
    assert "nothing of the kind" in str(result.error)


def test_names_that_are_none_are_warned_about(site: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made = app(site, tmp_path, {"acmee": "acme/noted", "acme": "acme/notd"})
    assert made.run(GRAPH).raise_error()["b.first"] == 6
    said = [message for message in caplog.messages if message.startswith("settings: executors")]
    assert said == [
        "settings: executors: no plugin or node type 'acmee'; did you mean 'acme'?",
        "settings: executors: no executor 'acme/notd' for 'acme'; did you mean 'acme/noted'?",
    ]
