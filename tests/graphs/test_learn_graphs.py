"""Every graph in graphs/learn/ runs, in few steps, and has a page with its pictures in docs/learn/."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodeflow.graph import parse

ROOT = Path(__file__).parents[2]
GRAPHS = {path.stem: path for path in sorted((ROOT / "graphs" / "learn").glob("*.json"))}
QUICK: dict[str, tuple[str, ...]] = {
    "attention": ("steps=2",),
    "forward-process": ("columns=3",),
    "guidance": ("scales=1, 4", "step_counts=1, 2", "samplers=euler, heun", "pictures=1"),
    "latent-space": (),
    "reverse-process": ("steps=3", "columns=3"),
    "train-default": (
        "vae_steps=1", "text_steps=1", "steps=1", "decoder_steps=1", "vae_pictures=4", "pictures=4", "batch=2",
        "held_out_pictures=2", "samples=2", "measured=1", "vae_batch=2", "decoder_batch=2",
    ),
    "train-tiny": ("steps=3", "pictures=4", "batch=2", "samples=2"),
}  # fmt: skip
NAMES = {
    "attention": {"attention_00000.png"},
    "forward-process": {"forward-process_00000.png", "forward-process-chart_00000.png"},
    "guidance": {"guidance_00000.png", "steps_00000.png", "samplers_00000.png"},
    "latent-space": {"latent-space_00000.png", "latent-space-channels_00000.png"},
    "reverse-process": {"reverse-process_00000.png"},
    "train-default": {"nodeflow-scenes.safetensors", "train-default_00000.png"},
    "train-tiny": {
        "tiny.safetensors",
        "train-tiny_00000.png",
        "train-tiny-test_00000.png",
        "train-tiny-training_00000.png",
    },
}

Run = Callable[..., dict[str, Any]]


def test_there_is_a_graph_for_each_lesson() -> None:
    assert set(GRAPHS) == set(QUICK) == set(NAMES)


@pytest.mark.checkpoint
@pytest.mark.parametrize("name", GRAPHS)
def test_a_lesson_runs(name: str, run: Run) -> None:
    settings = [part for setting in QUICK[name] for part in ("--set", setting)]
    found = run(GRAPHS[name], *settings)
    assert {step["state"] for step in found["steps"].values()} == {"done"}
    assert NAMES[name] <= {artifact["name"] for artifact in found["artifacts"]}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_lesson_has_a_page_with_a_picture(name: str) -> None:
    page = (ROOT / "docs" / "learn" / f"{name}.md").read_text(encoding="utf-8")
    assert f"graphs/learn/{name}.json" in page
    assert f"(pictures/{name}" in page


@pytest.mark.parametrize("name", GRAPHS)
def test_a_lesson_is_called_as_its_page_and_says_what_it_shows(name: str) -> None:
    meta = json.loads(GRAPHS[name].read_text())["meta"]
    page = (ROOT / "docs" / "learn" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {meta['title']}\n")
    assert len(meta["description"]) > 40


@pytest.mark.parametrize("name", [name for name in GRAPHS if name.startswith("train-")])
def test_a_training_says_how_long_it_takes_as_its_page_does(name: str) -> None:
    said = json.loads(GRAPHS[name].read_text())["meta"]["description"]
    page = (ROOT / "docs" / "learn" / f"{name}.md").read_text(encoding="utf-8")
    (long,) = re.findall(r"[Aa]bout \w+ (?:minutes|hours) on two cores", said)
    assert long.lower() in page.replace("\n", " ").lower()


@pytest.mark.parametrize("name", GRAPHS)
def test_a_lesson_is_written_as_we_write_graphs(name: str) -> None:
    found = json.loads(GRAPHS[name].read_text())
    assert parse(found).dump() == found
    assert set(found["layout"]) == set(found["nodes"])
    for node_id, node in found["nodes"].items():
        for link in node.get("links", {}).values():
            assert found["layout"][link.partition(".")[0]][0] < found["layout"][node_id][0], f"{link} -> {node_id}"
