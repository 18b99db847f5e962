"""The curve of a run on disk while it goes on: a row and a printed line for each point, with the time it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from nodeflow_training.loop import Curve

HEAD = "step,loss,seconds"


@dataclass
class CurveFile:
    """Follows a run. The seconds count from where it began or went on, so a resumption begins at 0 again."""

    path: Path
    started: float = field(default_factory=time.monotonic)
    written: int | None = None

    def follow(self, step: int, curve: Curve) -> None:
        """Told after each step, and first where the run goes on from: rows beyond that are taken back."""
        if self.written is None:
            self._go_on(step)
            self.written = len(curve.points)
        for at, loss in curve.points[self.written :]:
            self._add(f"{at},{loss:.5f},{time.monotonic() - self.started:.1f}")
        self.written = len(curve.points)

    def _go_on(self, step: int) -> None:
        rows = self.path.read_text().splitlines()[1:] if self.path.exists() else []
        kept = [row for row in rows if int(row.partition(",")[0]) <= step]
        self.path.write_text("".join(f"{row}\n" for row in [HEAD, *kept]))

    def _add(self, row: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{row}\n")
        print(row, flush=True)
