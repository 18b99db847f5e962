"""A training run inside a graph: where it is kept, what is seen of it, and what it leaves behind."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from nodeflow import Cancelled, File, Image
from nodeflow_training.chart import Line, beside, chart
from nodeflow_training.loop import Curve, DivergedError, Learner, Pace, State, train

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow.folders import Folders

KIND = "training"
MOST_STATES, MOST_BYTES = 16, 8 << 30
KEPT = "what was learnt is kept; the same graph goes on from there, or with finish_early takes it as it is"
TAKEN = "with the same settings finish_early takes it as it is"
Pixels = NDArray[np.uint8]


def digest(*parts: object) -> str:
    """What tells a training run from others: 16 hexadecimal digits of its recipe."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:16]


def state_folder(ctx: Context) -> Path | None:
    """The first folder for training runs; None where the context has no folders, and nothing is kept."""
    roots = cast("Folders", ctx.folders).roots(KIND) if ctx.folders is not None else ()
    return roots[0].path if roots else None


def make_room(folder: Path, keep: Path) -> None:
    """Removes the oldest states until there are few enough and they are small enough; `keep` stays."""
    states = sorted(folder.glob("*.pt"), key=lambda path: path.stat().st_mtime, reverse=True)
    used = 0
    for number, path in enumerate(path for path in states if path != keep):
        used += path.stat().st_size
        if number + 1 >= MOST_STATES or used > MOST_BYTES:
            path.unlink(missing_ok=True)
    for draft in folder.glob("*.draft"):
        if time.time() - draft.stat().st_mtime > 3600:
            draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class Outcome:
    """What there is to see of a training run."""

    curve: Curve
    picture: Image
    files: tuple[File, ...]


@dataclass(eq=False)
class Course:
    """Runs a learner through its steps: it goes on from what is kept of the same `recipe`, tells how far it is, and
    saves curve and samples.

    `samples` makes a picture of what has been learnt, `looks` times on the way and at the end. With `early` it stops
    at the step that is reached already.
    """

    name: str
    recipe: str
    ctx: Context
    samples: Callable[[], Pixels] | None = None
    looks: int = 6
    early: bool = False
    seconds: float = 60.0
    seen: Pixels | None = None
    started: float = field(default_factory=time.monotonic)
    first: int | None = None

    def run(self, learner: Learner, pace: Pace) -> Outcome:
        """Raises DivergedError, and Cancelled after what was learnt has been kept."""
        state = self._state()
        until = self._reached(state) if self.early else None
        try:
            curve = train(learner, pace, state, lambda step, curve: self._tell(step, curve, pace, until), until)
            if self.samples is not None:
                self.seen = self.samples()
        except Cancelled:
            if state.step:
                self.ctx.log.warning("%s was stopped at step %d of %d: %s", self.name, state.step, pace.steps, KEPT)
            raise
        except DivergedError as error:
            if not state.step:
                raise
            raise DivergedError(f"{error}. What was learnt until step {state.step} is kept: {TAKEN}") from error
        return Outcome(curve, self._picture(state.step or pace.steps, curve, pace), self._files(curve, pace))

    def forget(self) -> None:
        """Removes the state, once what was learnt has been saved; what was taken early can still be gone on with."""
        if not self.early and (folder := state_folder(self.ctx)) is not None:
            (folder / f"{self.name}-{self.recipe}.pt").unlink(missing_ok=True)

    def _state(self) -> State:
        folder = state_folder(self.ctx)
        if folder is None:
            return State()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}-{self.recipe}.pt"
        make_room(folder, path)
        return State(path, self.seconds)

    def _reached(self, state: State) -> int:
        import torch

        if state.path is None or not state.path.exists():
            raise ValueError("nothing was learnt yet that could be taken early; run it without finish_early first")
        return int(torch.load(state.path, weights_only=True, mmap=True)["step"])

    def _tell(self, step: int, curve: Curve, pace: Pace, until: int | None) -> None:
        if self.first is None:
            self.first = step
            if step:
                self.ctx.log.info("%s goes on from step %d of %d", self.name, step, pace.steps)
        total = pace.steps if until is None else until
        self.ctx.progress(step, total, lambda: self._picture(step, curve, pace))
        spacing = max(1, pace.steps // (self.looks + 1))
        if self.samples is not None and 0 < step < total and step % spacing == 0:
            self.seen = self.samples()
        if step and step % max(1, pace.steps // 20) == 0:
            self.ctx.log.info("%s: %s", self.name, self._title(step, curve, pace))

    def _title(self, step: int, curve: Curve, pace: Pace) -> str:
        loss = f", loss {curve.points[-1][1]:.4f}" if curve.points else ""
        gone, done = time.monotonic() - self.started, step - (self.first or 0)
        left = f", {_spoken(gone / done * (pace.steps - step))} left" if done > 0 and step < pace.steps else ""
        return f"step {step} of {pace.steps}{loss}{left}"

    def _picture(self, step: int, curve: Curve, pace: Pace) -> Image:
        drawn = self._chart(self._title(step, curve, pace), curve)
        return image([beside([drawn, self.seen]) if self.seen is not None else drawn])

    def _chart(self, title: str, curve: Curve) -> Pixels:
        return chart([Line(curve.points, "loss")], title, log=True)

    def _files(self, curve: Curve, pace: Pace) -> tuple[File, ...]:
        """The curve as CSV and PNG, without times, so that the same run leaves the same files; the samples as PNG."""
        steps = curve.points[-1][0] if curve.points else pace.steps
        saved = [
            self.ctx.save(curve.csv().encode(), f"{self.name}-loss.csv", "text/csv"),
            self.ctx.save(png(self._chart(f"loss, {steps} steps", curve)), f"{self.name}-loss.png", "image/png"),
        ]
        if self.seen is not None:
            saved.append(self.ctx.save(png(self.seen), f"{self.name}-samples.png", "image/png"))
        return tuple(saved)


def _spoken(seconds: float) -> str:
    """A time in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def image(pictures: Sequence[Pixels]) -> Image:
    """Pictures [H, W, 3] of 0..255 as one batch."""
    return Image(np.stack(pictures).astype(np.float32) / np.float32(255))


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
