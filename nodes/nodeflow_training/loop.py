"""The loop that every training runs in: steps, checkpoints to go on from, a curve, and what stops it."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from nodeflow_training.progress import Stateful, learning_rate


class DivergedError(FloatingPointError):
    """Training came upon a number that is none."""


@dataclass(frozen=True)
class Pace:
    """How fast and how long: `steps` of an optimizer, each over `accumulate` batches.

    The rate rises for `warm_up` steps, stays, and falls by a cosine from `decay_from` (0..1 of the way) on. Gradients
    are cut to the length `clip`. A point of the curve is the mean of `every` steps.
    """

    steps: int
    learning_rate: float
    warm_up: int = 100
    decay_from: float = 0.4
    accumulate: int = 1
    clip: float = 1.0
    every: int = 20

    def rate(self, step: int) -> float:
        return learning_rate(step, self.steps, self.learning_rate, warm_up=self.warm_up, decay_from=self.decay_from)


def spacing(steps: int) -> int:
    """How many steps make a point of the curve of so many."""
    return max(1, min(50, steps // 20))


class Learner(Protocol):
    """What learns. Everything random in `loss` comes from the seed, the step and the number of the batch in it."""

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """What must be kept to go on: networks, optimizers, averages."""
        ...

    @property
    def optimizers(self) -> Iterable[torch.optim.Optimizer]: ...

    @property
    def weights(self) -> Iterable[Tensor]:
        """What is optimised."""
        ...

    def loss(self, step: int, batch: int) -> Tensor: ...

    def learnt(self, step: int) -> None:
        """Called after each step of the optimizers."""
        ...


@dataclass
class Curve:
    """The loss over the steps: means of a few steps each, and the sum that is not full yet."""

    points: list[tuple[int, float]] = field(default_factory=list)
    total: float = 0.0
    count: int = 0

    def add(self, step: int, loss: float, every: int) -> None:
        """Note the loss of a step, counted from 1."""
        self.total, self.count = self.total + loss, self.count + 1
        if self.count == every:
            self.points.append((step, self.total / every))
            self.total, self.count = 0.0, 0

    def csv(self) -> str:
        return "step,loss\n" + "".join(f"{step},{loss:.6f}\n" for step, loss in self.points)

    def state_dict(self) -> dict[str, object]:
        return {"points": self.points, "total": self.total, "count": self.count}

    def load_state_dict(self, state_dict: Mapping[str, object], /) -> None:
        points, total, count = (state_dict[name] for name in ("points", "total", "count"))
        assert isinstance(points, list)
        assert isinstance(total, float)
        assert isinstance(count, int)
        self.points, self.total, self.count = [(step, loss) for step, loss in points], total, count


@dataclass
class State:
    """Where a run stands, in one file that is replaced in one move; without a path nothing is kept.

    It is written every `seconds`, and when the run is stopped.
    """

    path: Path | None = None
    seconds: float = 60.0
    step: int = 0
    written: float = field(default_factory=time.monotonic)

    def load(self, parts: Mapping[str, Stateful]) -> int:
        """The step to go on from: 0 without a file."""
        self.written = time.monotonic()
        if self.path is None or not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True, mmap=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        self.step = int(state["step"])
        return self.step

    def save(self, parts: Mapping[str, Stateful], step: int) -> None:
        """Write the state, unless this step's is there."""
        if self.path is None or step == self.step:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        torch.save({"step": step, **{name: part.state_dict() for name, part in parts.items()}}, draft)
        draft.replace(self.path)
        self.step, self.written = step, time.monotonic()

    def save_sometimes(self, parts: Mapping[str, Stateful], step: int) -> None:
        if time.monotonic() - self.written > self.seconds:
            self.save(parts, step)


Watch = Callable[[int, Curve], None]
"""Told after each step how many are done. It may raise, to stop the run; what was learnt is kept then."""


def train(learner: Learner, pace: Pace, state: State, watch: Watch, until: int | None = None) -> Curve:
    """Trains from where `state` stands to the last step, or to `until`; the curve of all of it.

    Raises DivergedError, with the step, for a loss or gradients that are not finite; the last state written is kept.
    """
    curve = Curve()
    parts: dict[str, Stateful] = {**learner.parts, "curve": curve}
    done, sound = state.load(parts), True
    watch(done, curve)
    try:
        for step in range(done, pace.steps if until is None else min(until, pace.steps)):
            sound = False
            loss = _step(learner, pace, step)
            curve.add(step + 1, loss, pace.every)
            done, sound = step + 1, True
            state.save_sometimes(parts, done)
            watch(done, curve)
    finally:
        # Also when it was cancelled: what was learnt is not lost. After a failed step the weights may be anything.
        if sound and done:
            state.save(parts, done)
    return curve


def _step(learner: Learner, pace: Pace, step: int) -> float:
    weights, total = list(learner.weights), 0.0
    for optimizer in learner.optimizers:
        set_rate(optimizer, pace.rate(step))
    for weight in weights:
        weight.grad = None
    for batch in range(pace.accumulate):
        # Gradients, too: stages that are computed again for them must take the same way.
        with fitting_attention(weights[0].device.type):
            loss = learner.loss(step, batch) / pace.accumulate
            total += _finite(loss.item(), "the loss", step, pace)
            loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(weights, pace.clip)
    _finite(float(norm), "the gradients' length", step, pace)
    for optimizer in learner.optimizers:
        optimizer.step()
    learner.learnt(step)
    return total


def fitting_attention(device: str) -> AbstractContextManager[None]:
    """On a CPU attention is written out: at a few hundred positions that trains a quarter faster than the fused one."""
    return sdpa_kernel([SDPBackend.MATH]) if device == "cpu" else nullcontext()


def _finite(value: float, what: str, step: int, pace: Pace) -> float:
    if not math.isfinite(value):
        raise DivergedError(
            f"{what} became {value!r} at step {step + 1} of {pace.steps}, at a learning rate of {pace.rate(step):.3g}; "
            "a lower learning rate or a longer warm-up may help, and float32 in place of bfloat16"
        )
    return value


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The rate of each group of weights, of which it may have a `share`."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def generator(seed: int, *place: object) -> torch.Generator:
    """Random numbers for one place of a run: the same ones each time, so that a resumed run goes on as it would."""
    digest = hash_of(seed, *place)
    return torch.Generator().manual_seed(digest)


def hash_of(*parts: object) -> int:
    """64 bits that depend on all parts."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:8], "big")
