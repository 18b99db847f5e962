"""What the README shows works: its node, its graph, its settings and its picture."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodeflow import png
from nodeflow.catalogue import Catalogue
from nodeflow.cli import COMMANDS, command_parser
from nodeflow.config import Config, load_config
from nodeflow.context import Context
from nodeflow.graph import parse
from nodeflow.types import Image

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Config(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))


def test_the_node_is_a_plugin_as_it_stands(site: Any) -> None:
    (source,) = blocks("python")
    entry, _ = blocks("toml")
    name, module = re.search(r'(\w+) = "(\w+)"', entry).groups()  # type: ignore[union-attr]
    site.install("acme-nodes", {f"{module}.py": source}, {name: module})
    plugins = site.load()
    assert [(plugin.name, plugin.error) for plugin in plugins.loaded] == [("acme", "")]
    posterize = plugins.registry.node("acme/Posterize").node
    pixels = np.random.default_rng(1).random((2, 3, 5, 3), np.float32)
    made = posterize(image=Image(pixels), levels=3).run(Context())  # type: ignore[call-arg]
    assert set(np.unique(made.pixels)) <= {0.0, 0.5, 1.0}
    assert np.abs(made.pixels - pixels).max() <= 0.25


def test_the_graph_is_valid(catalogue: Catalogue) -> None:
    (document,) = blocks("json")
    graph = parse(document)
    assert graph.dump() == json.loads(document)
    assert catalogue.check(graph.with_inputs({"prompt": "a blue square", "seed": 3})).targets == ("save",)


def test_the_settings_are_settings(tmp_path: Path) -> None:
    _, settings = blocks("toml")
    (tmp_path / "config.toml").write_text(settings)
    config = load_config(tmp_path / "config.toml", environ={})
    assert config.model_folders == {"checkpoints": (Path("/models/sd"),)}
    assert config.comfyui_roots == (Path("~/ComfyUI").expanduser(),)


def test_the_commands_are_there() -> None:
    lines = [shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines()]
    commands = [line[1:] for line in lines if line[:1] == ["nodeflow"]]
    assert commands
    for name, *arguments in commands:
        assert name in COMMANDS
        command_parser(name).parse_args(arguments)


def test_the_pictures_carry_graphs_that_still_run(catalogue: Catalogue) -> None:
    shown = {ROOT / source for source in re.findall(r'src(?:set)?="([^"]+)"', README)}
    assert not [picture for picture in shown if not picture.is_file()]
    # Pictures that nodeflow made; the others are of the editor.
    made = {picture for picture in shown if picture.suffix == ".png"}
    assert made
    for picture in made:
        catalogue.check(png.read_graph(picture))
        assert png.read(picture)["files"]
