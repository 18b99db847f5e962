"""Every graph in graphs/ is a good example, runs on the checkpoint that ships, and only runs again what changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.graph import parse

GRAPHS = {path.stem: path for path in sorted((Path(__file__).parents[2] / "graphs").glob("*.json"))}
SIZES = {
    "compare-samplers": (128, 128),
    "image-only": (256, 256),
    "img2img": (128, 128),
    "inpaint": (128, 128),
    "txt2img": (128, 128),
    "upscale-latent": (192, 192),
}
# By graph: one input changed, and the nodes that this and nothing else makes run again.
CHANGES: dict[str, tuple[str, set[str]]] = {
    "compare-samplers": (
        "seed=8",
        {"seed", "euler", "euler_ancestral", "dpmpp_2m", "uni_pc", "first_two", "last_two", "all", "decode", "save"},
    ),
    "image-only": ("blur=4", {"blurred", "focused", "save"}),
    "img2img": ("seed=8", {"sample", "decode", "save"}),
    "inpaint": ("seed=8", {"sample", "decode", "together", "save"}),
    "txt2img": ("seed=8", {"sample", "decode", "save"}),
    "upscale-latent": ("seed=8", {"seed", "first", "larger", "second", "decode", "save"}),
}

Run = Callable[..., dict[str, Any]]


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GRAPHS[name].read_text())
    return found


def few_steps(name: str) -> list[str]:
    return ["--set", "steps=2"] if "steps" in document(name)["inputs"] else []


def in_state(found: dict[str, Any], state: str) -> set[str]:
    return {node for node, step in found["steps"].items() if step["state"] == state}


def digests(found: dict[str, Any]) -> list[str]:
    return [artifact["sha256"] for artifact in found["artifacts"]]


def test_there_is_a_graph_for_each_of_the_first_jobs() -> None:
    assert set(GRAPHS) == set(SIZES) == set(CHANGES)


@pytest.mark.checkpoint
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_runs_and_then_only_what_changed(name: str, run: Run, run_apart: Run, home: Path) -> None:
    options, nodes, (change, expected) = few_steps(name), set(document(name)["nodes"]), CHANGES[name]
    first = run(GRAPHS[name], *options)
    assert in_state(first, "done") == nodes
    for artifact in first["artifacts"]:
        with Pillow.open(home / artifact["path"]) as picture:
            assert (picture.format, picture.size) == ("PNG", SIZES[name])
    assert len(first["artifacts"]) == (4 if name == "compare-samplers" else 1)
    again = run(GRAPHS[name], *options)
    assert in_state(again, "cached") == nodes
    changed = run(GRAPHS[name], *options, "--set", change)
    assert in_state(changed, "done") == expected
    assert in_state(changed, "cached") == nodes - expected
    assert set(digests(changed)).isdisjoint(digests(first))
    apart = run_apart(GRAPHS[name], *options, "--set", change)
    assert in_state(apart, "cached") == nodes
    assert digests(apart) == digests(changed)
    assert digests(run_apart(GRAPHS[name], *options)) == digests(again) == digests(first)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_is_written_as_we_write_them(name: str) -> None:
    """Nothing superfluous, a place for every node, and nodes that do not overlap."""
    found = document(name)
    assert parse(found).dump() == found
    assert set(found["layout"]) == set(found["nodes"])
    places = sorted(found["layout"].values())
    assert all(abs(a[0] - b[0]) >= 240 or abs(a[1] - b[1]) >= 120 for a, b in zip(places, places[1:], strict=False))


@pytest.mark.parametrize("name", GRAPHS)
def test_links_lead_from_left_to_right(name: str) -> None:
    found = document(name)
    for node_id, node in found["nodes"].items():
        for link in node.get("links", {}).values():
            assert found["layout"][link.partition(".")[0]][0] < found["layout"][node_id][0], f"{link} -> {node_id}"


@pytest.mark.parametrize("name", GRAPHS)
def test_what_a_caller_would_change_is_an_input(name: str) -> None:
    found = document(name)
    ways = {node["type"]: node_id for node_id, node in found["nodes"].items()}
    wanted = {"seed", "steps", "cfg", "prompt", "negative"} if "LoadCheckpoint" in ways else set()
    wanted |= {"image"} if "LoadImage" in ways else set()
    wanted |= {"mask"} if "LoadImageMask" in ways else set()
    wanted |= {"width", "height"} if "EmptyLatent" in ways else set()
    assert wanted <= set(found["inputs"])
    titles = [node.get("title", "") for node in found["nodes"].values() if node["type"] == "TextEncode"]
    assert all(titles)


def test_the_first_graph_has_the_inputs_that_callers_know() -> None:
    assert list(document("txt2img")["inputs"]) == ["prompt", "negative", "seed", "steps", "cfg", "width", "height"]


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_has_one_result(name: str, tmp_path: Path) -> None:
    catalogue = Catalogue(Config(data_dir=tmp_path, cache_dir=tmp_path))
    plan = catalogue.check(parse(GRAPHS[name].read_bytes()))
    assert plan.targets == ("save",)
    assert len(plan.steps) == len(document(name)["nodes"])
