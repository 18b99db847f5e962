"""A graph that was built, run in the same process; its results by handle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.builder import Builder
from nodeflow.config import load_config
from nodeflow.errors import UnknownName
from nodeflow.executor import NodeFailed
from nodeflow.plugins import Plugins, load_plugins
from nodeflow.problems import GraphError
from nodeflow.registry import Registry


@pytest.fixture
def app(tmp_path: Path, registry: Registry) -> App:
    """An app whose only node types are those of these tests."""
    app = App(load_config(environ={}, overrides={"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}))
    nothing = load_plugins([])
    app.plugins = Plugins(registry, (), (), nothing.manager)
    return app


def test_results_by_handle(app: App) -> None:
    builder = app.builder()
    ratio = builder.add("Divide", a=17, b=5)
    total = builder.add("Add", a=ratio.quotient, b=ratio.id)
    result = app.run(builder.graph()).raise_error()
    assert result[total] == result[total.number] == result["add"] == result["add.number"] == 5.0
    with pytest.raises(UnknownName, match="no target 'divide'; there are add"):
        result[ratio.quotient]
    with pytest.raises(UnknownName, match="did you mean 'number'"):
        result["add.numbr"]


def test_what_is_wanted(app: App) -> None:
    builder = app.builder()
    ratio = builder.add("Divide", a=17, b=5)
    builder.add("Add", a=ratio.quotient)
    for wanted in (ratio, ratio.id, "divide", "divide.id"):
        result = app.run(builder.graph(), [wanted])
        assert list(result.steps) == ["divide"]
        assert (result[ratio.quotient], result[ratio.id]) == (3, 2)
        with pytest.raises(UnknownName, match="no output of 'divide' ''; there are id, quotient"):
            result[ratio]


def test_a_change_runs_only_what_it_concerns(app: App) -> None:
    builder = app.builder()
    first = builder.add("Add", a=1)
    second = builder.add("Add", a=first, b=2)
    states = []
    for b in (2, 3):
        builder.set(second, b=b)
        result = app.run(builder.graph())
        states.append([result.steps[str(each)].state for each in (first, second)])
    assert states == [["done", "done"], ["cached", "done"]]
    assert result[second] == 5


def test_a_run_that_fails_tells_why_instead_of_a_result(app: App) -> None:
    builder = app.builder()
    ratio = builder.add("Divide", a=1, b=0)
    result = app.run(builder.graph())
    assert result.state == "failed"
    with pytest.raises(NodeFailed, match="'divide' \\(Divide\\): ZeroDivisionError"):
        result[ratio.quotient]


def test_an_open_seed_is_drawn_for_each_run(app: App) -> None:
    builder = app.builder()
    seed = builder.add("Draw", seed=None)
    drawn = {app.run(builder.graph())[seed] for _ in range(3)}
    assert len(drawn) == 3


def test_problems_are_raised_before_anything_runs(app: App) -> None:
    builder = app.builder()
    builder.add("Divide", a=1)
    with pytest.raises(GraphError, match="no node 'divid' to run; did you mean 'divide'"):
        app.run(builder.graph(), ["divid"])


def test_listeners_hear_of_it(app: App) -> None:
    builder: Any = app.builder()
    assert isinstance(builder, Builder)
    builder.add("Divide", a=1)
    kinds: list[str] = []
    app.run(builder.graph(), listener=lambda event: kinds.append(event.kind), explain=True)
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_finished"
