"""How soon the command line answers, against Python's own start."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.table import Table, seconds

GRAPH = Path(__file__).parent.parent / "graphs" / "txt2img.json"
NODEFLOW = [sys.executable, "-m", "nodeflow"]


def main(rounds: int = 7) -> Table:
    """Medians of whole processes."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "nodeflow --help": [*NODEFLOW, "--help"],
        "nodeflow validate graphs/txt2img.json": [*NODEFLOW, "validate", str(GRAPH)],
        "nodeflow nodes": [*NODEFLOW, "nodes"],
        "import torch, for comparison": [sys.executable, "-c", "import torch"],
    }
    rows = [[name, f"{_median(command, rounds):.2f} s"] for name, command in commands.items()]
    return Table("Start-up", "Whole processes, median of seven after one warm-up.", ["command", "time"], rows)


def _median(command: list[str], rounds: int) -> float:
    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    run()
    return statistics.median(seconds(run) for _ in range(rounds))
