"""The sample graph runs as a user runs it, and makes a black and white picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image

GRAPH = Path(__file__).parents[1] / "graphs" / "engraving.json"


def test_the_engraving(tmp_path: Path) -> None:
    home = {"NODEFLOW_DATA_DIR": str(tmp_path / "data"), "NODEFLOW_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "nodeflow", "run", str(GRAPH), "--output", str(tmp_path / "out"), "--json"]
    told = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=True, timeout=300)
    report = json.loads(told.stdout)
    assert {step["state"] for step in report["steps"].values()} == {"done"}
    assert {step.get("type", "") for step in report["steps"].values()} >= {"filters/Dither", "filters/CannyEdges"}
    (artifact,) = report["artifacts"]
    with PIL.Image.open(tmp_path / artifact["path"]) as picture:
        pixels = np.asarray(picture)
    assert set(np.unique(pixels)) == {0, 255}
    assert 0.2 < pixels.mean() / 255 < 0.9
