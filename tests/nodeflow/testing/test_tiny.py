"""Tiny random models and fixtures, as the tests of a plugin that loads models would use them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from nodeflow.errors import UnknownName
from nodeflow.testing import run_graph, write_tiny_models

GRAPH = {
    "nodeflow": 1,
    "nodes": {
        "checkpoint": {"type": "LoadCheckpoint", "values": {"checkpoint": "tiny.safetensors"}},
        "prompt": {
            "type": "TextEncode",
            "values": {"text": "a red circle"},
            "links": {"text_encoder": "checkpoint.text_encoder"},
        },
        "empty": {"type": "EmptyLatent", "values": {"width": 64, "height": 64}},
        "sample": {
            "type": "KSampler",
            "values": {"steps": 2, "seed": 1},
            "links": {
                "model": "checkpoint.model",
                "positive": "prompt.conditioning",
                "negative": "prompt.conditioning",
                "latent": "empty.latent",
            },
        },
        "decode": {"type": "VAEDecode", "links": {"latent": "sample.latent", "vae": "checkpoint.vae"}},
    },
}


def test_a_graph_runs_with_a_tiny_checkpoint(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    write_tiny_models(tmp_path, "checkpoints")
    picture = run_graph(GRAPH, targets=["decode"], models=tmp_path)["decode.image"]
    assert picture.pixels.shape == (1, 64, 64, 3)


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    files = [write_tiny_models(tmp_path / name) / "checkpoints" / "tiny.safetensors" for name in ("a", "b")]
    first, second = map(load_file, files)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert files[0].stat().st_size < 16 << 20


def test_a_kind_that_nobody_writes_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no tiny model of kind 'checkpoint'; did you mean 'checkpoints'"):
        write_tiny_models(tmp_path, "checkpoint")


def test_the_fixtures_are_there_for_an_authors_tests(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["nodeflow.testing.fixtures"]\n')
    (tmp_path / "test_it.py").write_text(
        "def test_it(nodeflow_app, tiny_models):\n"
        '    assert (tiny_models / "checkpoints" / "tiny.safetensors").is_file()\n'
        '    assert "tiny.safetensors" in nodeflow_app.folders.names("checkpoints")\n'
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "."]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in made.stdout, made.stdout + made.stderr
