"""The pack as a plugin: declared without torch and scipy, documented, its types stored and seen in any light."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from nodeflow_diffusion import plugin as diffusion
from nodeflow_training import plugin
from nodeflow_training.nodes.datasets import LoadImageTable
from nodeflow_training.pictures import looked_at

from nodeflow import Context
from nodeflow.folders import Folders
from nodeflow.plugins import load_plugins
from nodeflow.spec import NodeSpec

LIGHT = """
import json, sys
from nodeflow import Context
from nodeflow.folders import Folders
from nodeflow.plugins import load_plugins
loaded = {each.name: each.state for each in load_plugins().loaded}
heavy = sorted({"torch", "transformers", "scipy", "peft"} & set(sys.modules))
print(json.dumps([loaded["training"], heavy]))
"""


def test_declaring_imports_neither_torch_nor_scipy() -> None:
    told = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, check=True, text=True).stdout
    assert json.loads(told) == ["loaded", []]


def test_every_node_is_documented_and_filed() -> None:
    for node in plugin.NODES:
        spec = NodeSpec.of(node)
        assert spec.description.endswith("."), spec.name
        assert spec.category.partition("/")[0] in ("training", "learn"), spec.name


def test_the_names_are_those_that_graphs_use() -> None:
    names = set(load_plugins().registry.nodes)
    wanted = "TrainVAE TrainTextEncoder TrainDiffusion TrainLoRA LoadLoRA SaveCheckpoint EvaluateModel EncodeDataset"
    assert set(wanted.split()) <= names


@pytest.mark.parametrize("background", ["#ffffff", "#1e1e22"])
def test_colours_stand_out_and_differ(background: str) -> None:
    def luminance(color: str) -> float:
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for wire in plugin.TYPES:
        assert wire.codec is not None
        high, low = sorted((luminance(wire.color), luminance(background)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 2.7, wire.name
    colours = [wire.color for wire in (*plugin.TYPES, *diffusion.TYPES)]
    assert len(set(colours)) == len(colours)


def test_a_small_dataset_comes_along(ctx: Context) -> None:
    (datasets, _) = plugin.nodeflow_model_folders()
    found = LoadImageTable(table="scenes/captions.csv", side=64).run(replace(ctx, folders=Folders((datasets,))))
    assert found.report == "8 pictures to learn from, 0 left out"
    assert looked_at(found.dataset, 0).shape == (64, 64, 3)
