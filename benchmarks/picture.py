"""The embedded checkpoint: from the command to the picture, cold, warm and cached."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.startup import GRAPH
from benchmarks.table import Table, seconds
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import Graph, parse


def main() -> Table:
    """Whole processes on an empty and on a filled cache, and runs inside one process whose models are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        cold = seconds(lambda: _command(Path(folder), 7))
        reseeded = seconds(lambda: _command(Path(folder), 8))
        cached = seconds(lambda: _command(Path(folder), 8))
        warm = _warm(Path(folder))
    rows = [
        ["a process, nothing cached", f"{cold:.2f} s"],
        ["a process, another seed", f"{reseeded:.2f} s"],
        ["a process, all cached", f"{cached:.2f} s"],
        ["in one process, models loaded, another seed", f"{warm:.2f} s"],
    ]
    note = "graphs/txt2img.json: 20 guided steps at 128x128 with the embedded checkpoint, VAE and PNG included."
    return Table("A picture from the embedded checkpoint", note, ["run", "time"], rows)


def _command(folder: Path, seed: int) -> None:
    places = {"NODEFLOW_DATA_DIR": str(folder / "data"), "NODEFLOW_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "nodeflow", "run", str(GRAPH), "--output", str(folder), "--set", f"seed={seed}"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **places})


def _warm(folder: Path) -> float:
    app = App(Config(data_dir=folder / "data", cache_dir=folder / "warm"))
    document: Graph = parse(GRAPH.read_bytes())

    def run(seed: int) -> None:
        result = app.executor.run_sync(app.plan(document.with_inputs({"seed": seed})))
        assert result.state == "succeeded", result.error

    run(1)
    return min(seconds(lambda seed=seed: run(seed)) for seed in (2, 3, 4))
