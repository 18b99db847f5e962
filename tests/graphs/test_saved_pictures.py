"""A saved picture tells what it was made from, and runs again to the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nodeflow_diffusion
import nodeflow_image
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from nodeflow import png

GRAPHS = Path(__file__).parents[2] / "graphs"
CHECKPOINT = Path(nodeflow_diffusion.__file__).parent / "models" / "checkpoints" / "nodeflow-scenes.safetensors"
MASK = Path(nodeflow_image.__file__).parent / "samples" / "scene-mask.png"

Run = Callable[..., dict[str, Any]]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.checkpoint
def test_a_picture_holds_what_it_was_made_from(run: Run, home: Path) -> None:
    photo = home / "photo.png"
    Pillow.fromarray(np.random.default_rng(3).integers(0, 256, (90, 120, 3), np.uint8)).save(photo)
    found = run(GRAPHS / "inpaint.json", "--set", "steps=2", "--set", "seed=random", "--set", "image=photo.png")
    told = png.read(home / found["artifacts"][0]["path"])
    nodes = told["graph"]["nodes"]
    assert nodes["sample"]["values"]["seed"] == found["inputs"]["seed"]
    assert isinstance(found["inputs"]["seed"], int)
    assert nodes["picture"]["values"]["image"] == f"sha256:{sha256(photo)}"
    assert set(told["types"]) == {node["type"] for node in nodes.values()}
    assert told["types"]["KSampler"] == {"version": 1, "owner": "diffusion"}
    assert told["nodeflow"] == version("nodeflow")
    assert set(told["plugins"]) == {"diffusion", "image"}
    for plugin in told["plugins"].values():
        assert (plugin["distribution"], plugin["version"]) == ("nodeflow", version("nodeflow"))
        assert len(plugin["code"]) == 64
    assert told["files"] == {
        "checkpoints/nodeflow-scenes.safetensors": sha256(CHECKPOINT),
        "images/scene-mask.png": sha256(MASK),
        f"images/sha256:{sha256(photo)}": sha256(photo),
    }
    assert told["environment"]["diffusion.torch"] == torch.__version__
    assert told["environment"]["diffusion.device"] == "cpu"


@pytest.mark.checkpoint
def test_a_picture_runs_again_to_the_same_bytes_in_a_process_without_a_cache(
    run: Run, run_apart: Run, home: Path
) -> None:
    """A stochastic sampler and a drawn seed: whatever chance had a part in it is in the picture."""
    settings = ["steps=3", "seed=random", "sample.sampler=dpmpp_2m_sde"]
    first = run(GRAPHS / "txt2img.json", *(part for each in settings for part in ("--set", each)))
    picture = home / first["artifacts"][0]["path"]
    again = run_apart(picture, "--output", "again", "--no-cache")
    assert {step["state"] for step in again["steps"].values()} == {"done"}
    assert (home / again["artifacts"][0]["path"]).read_bytes() == picture.read_bytes()


@pytest.mark.checkpoint
def test_a_picture_can_be_changed_like_any_graph(run: Run, home: Path) -> None:
    first = run(GRAPHS / "txt2img.json", "--set", "steps=2")
    picture = home / first["artifacts"][0]["path"]
    changed = run(picture, "--set", "seed=99")
    done = {node for node, step in changed["steps"].items() if step["state"] == "done"}
    assert done == {"sample", "decode", "save"}
    assert png.read_graph(home / changed["artifacts"][0]["path"]).nodes["sample"].values["seed"] == 99
