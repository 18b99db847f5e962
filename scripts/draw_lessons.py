"""Draws the pictures of docs/learn/ by running the graphs of graphs/learn/; names on the command line choose some.

`train-default` takes hours to train; its picture is drawn with the checkpoint that ships, which it made.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import Graph, parse

ROOT = Path(__file__).parent.parent
GRAPHS, PICTURES = ROOT / "graphs" / "learn", ROOT / "docs" / "learn" / "pictures"
SHIPPED = {"type": "LoadCheckpoint", "values": {"checkpoint": "nodeflow-scenes.safetensors"}}


def graph(name: str) -> Graph:
    """The lesson's graph; that of `train-default` from its trained parts on."""
    document: dict[str, Any] = json.loads((GRAPHS / f"{name}.json").read_text())
    if name != "train-default":
        return parse(document)
    nodes = {key: document["nodes"][key] for key in ("held_out", "evaluate", "save_grid")}
    nodes["evaluate"]["links"] |= {part: f"shipped.{part}" for part in ("model", "text_encoder", "vae")}
    return parse({"nodeflow": 1, "nodes": {**nodes, "shipped": SHIPPED}})


def draw(name: str, app: App) -> None:
    """Runs a lesson, and keeps its saved pictures without the number of the picture in their names."""
    result = app.run(graph(name)).raise_error()
    for node, step in result.steps.items():
        if node.startswith("save"):
            for file in step.artifacts:
                if file.media_type == "image/png":
                    (PICTURES / file.name.replace("_00000", "")).write_bytes(app.store.read(file.sha256))


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = App(Config(data_dir=Path(folder) / "data", cache_dir=Path(folder) / "cache", device="cpu"))
        for name in sys.argv[1:] or sorted(path.stem for path in GRAPHS.glob("*.json")):
            draw(name, app)
        app.close()


if __name__ == "__main__":
    main()
