"""The whole house over a temporary folder: what one process has made, the next one finds."""

import os
from pathlib import Path
from typing import Any

import pytest

from nodeflow import catalogue as catalogue_module
from nodeflow import models as models_module
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse
from nodeflow.problems import GraphError

COUNTED = """
from typing import Annotated
from nodeflow import Context, Mask, Seed, hookimpl, node

@node
def settings(ctx: Context, seed: Annotated[int, Seed()] = 0, mask: Mask | None = None) -> str:
    return f"{ctx.settings['device']} {ctx.settings['dtype']} {mask}"

@node
def shout(text: str) -> str:
    return text.upper()

@hookimpl
def nodeflow_nodes():
    return [settings, shout]

@hookimpl
def nodeflow_environment(settings):
    return dict(settings)
"""
NODES: dict[str, Any] = {
    "a": {"type": "acme/Settings"},
    "b": {"type": "acme/Shout", "links": {"text": "a.text"}},
}


def make(root: Path, **settings: Any) -> App:
    folders: Any = {"data_dir": root / "data", "cache_dir": root / "cache"}
    return App(Config(**folders, disabled_plugins=("basic", "diffusion", "image"), **settings))


def graph(**values: Any) -> Any:
    nodes = {**NODES, "a": {**NODES["a"], "values": values}}
    return parse({"nodeflow": 1, "nodes": nodes})


@pytest.fixture
def root(site: Any, tmp_path: Path) -> Path:
    site.install("acme", {"counted.py": COUNTED}, {"acme": "counted"})
    return tmp_path


def states(app: App, graph: Any) -> dict[str, str]:
    result = app.run(graph)
    assert result.error is None
    return {name: report.state for name, report in result.steps.items()}


def test_a_graph_runs_with_the_settings(root: Path) -> None:
    app = make(root, device="cpu", dtype="float32")
    assert app.run(graph())["b.text"] == "CPU FLOAT32 NONE"
    assert app.run(graph(mask=None))["b.text"] == "CPU FLOAT32 NONE"


def test_another_process_over_the_same_folders_finds_what_this_one_made(root: Path) -> None:
    assert states(make(root), graph()) == {"a": "done", "b": "done"}
    assert states(make(root), graph())["b"] == "cached"
    assert states(make(root), graph(seed=1))["b"] == "done"


def test_the_environment_is_part_of_every_key(root: Path) -> None:
    first, second = (make(root, dtype=dtype).plan(graph()) for dtype in ("float32", "bfloat16"))
    # Other plugins that are installed may add to it.
    assert {"acme.device": "auto", "acme.dtype": "float32"}.items() <= first.environment.items()
    assert all(left.key != right.key for left, right in zip(first.steps, second.steps, strict=True))


def test_an_open_seed_is_drawn_and_written_into_the_graph(root: Path) -> None:
    app = make(root)
    plans = [app.plan(graph(seed=None)) for _ in range(2)]
    seeds = [plan.steps[0].values["seed"] for plan in plans]
    assert seeds[0] != seeds[1]
    assert [plan.graph.nodes["a"].values["seed"] for plan in plans] == seeds


def test_only_what_the_targets_need_is_planned(root: Path) -> None:
    app = make(root)
    assert [step.id for step in app.plan(graph(), ["a"]).steps] == ["a"]
    with pytest.raises(GraphError, match="unknown_target"):
        app.plan(graph(), ["c"])


@pytest.mark.parametrize("setting", [None, 1000])
def test_models_have_half_of_the_memory_or_what_the_settings_say(
    root: Path, setting: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "half_of_memory", lambda: 2500)
    app = make(root) if setting is None else make(root, model_memory=setting)
    assert app.models.budget == (2500 if setting is None else 1000)


def test_memory_is_what_the_system_says_or_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    assert models_module.half_of_memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2

    def refuse(name: str) -> int:
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", refuse)
    assert models_module.half_of_memory() == models_module.FALLBACK_MEMORY // 2
