"""What every training loop needs around its mathematics: schedule of the rate, checkpoints, a loss curve on disk."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """A model, an optimizer, an average: whatever gives its state and takes it back."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


def learning_rate(step: int, steps: int, peak: float, *, warm_up: int = 100, decay_from: float = 0.4) -> float:
    """Linear warm-up, a plateau, then a cosine to a hundredth of the peak over the rest."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = max(0.0, (step / steps - decay_from) / (1 - decay_from))
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


class Checkpoint:
    """The whole state of a run in one file, replaced in one move, so that a killed run goes on where it was."""

    def __init__(
        self, path: Path, parts: dict[str, Stateful], generator: torch.Generator, every: float = 120.0
    ) -> None:
        self.path, self.parts, self.generator, self.every = path, parts, generator, every
        self.saved = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)

    def load(self) -> int:
        """The step to go on from; 0 where there is no file."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.generator.set_state(state["generator"])
        return int(state["step"])

    def save_sometimes(self, step: int) -> None:
        if time.monotonic() - self.saved > self.every:
            self.save(step)

    def save(self, step: int) -> None:
        state = {name: part.state_dict() for name, part in self.parts.items()}
        draft = self.path.with_suffix(".draft")
        torch.save({**state, "generator": self.generator.get_state(), "step": step}, draft)
        draft.replace(self.path)
        self.saved = time.monotonic()


class Log:
    """The loss curve: a CSV row and a printed line for the mean of every `every` steps."""

    def __init__(self, path: Path, every: int = 50) -> None:
        self.path, self.every = path, every
        self.values: list[float] = []
        self.start = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("step,loss,seconds\n")

    def add(self, step: int, loss: float) -> None:
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss became {loss!r} at step {step}; a lower learning rate may help")
        self.values.append(loss)
        if len(self.values) == self.every:
            row = f"{step + 1},{sum(self.values) / self.every:.5f},{time.monotonic() - self.start:.1f}"
            with self.path.open("a") as file:
                file.write(row + "\n")
            print(row, flush=True)
            self.values = []
