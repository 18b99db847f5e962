"""Classifier-free guidance over any number of conditionings, each with its place, strength and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from nodeflow_diffusion.lib.batch import Job, evaluate
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.region import Area, box_of, weight_of


class ConditionalDenoiser(Protocol):
    """What `Guided` guides: a `Denoiser`, or anything that is called like one and knows its noise levels."""

    @property
    def levels(self) -> NoiseLevels: ...

    def __call__(self, x: Tensor, sigma: float | Tensor, context: Tensor, vector: Tensor | None = None) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Conditioned:
    """A text with the place and time it holds for.

    `context` [1 or B, T, D]; `pooled` [1 or B, V] or None. `area` is (y, x, height, width), as ints in latent units or
    as floats in fractions of the picture: the network then sees that part alone. `mask` ([h, w], [1 or B, h, w] or
    [1 or B, 1, h, w], 0..1, resized to the latent) weighs positions, while the network sees all of the picture.
    `strength` (>= 0) is the weight against other conditionings at the same place. It holds from `start` to `end`,
    fractions of the trained timesteps gone by, 0 at the noisiest.
    """

    context: Tensor
    pooled: Tensor | None = None
    area: Area | None = None
    mask: Tensor | None = None
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if self.context.ndim != 3:
            raise ValueError(f"context of shape {list(self.context.shape)}: must be [batch, tokens, width]")
        if not self.strength >= 0:
            raise ValueError(f"strength {self.strength!r}: must be at least 0")
        if not 0 <= self.start <= self.end <= 1:
            raise ValueError(f"start {self.start!r} and end {self.end!r}: must be 0 <= start <= end <= 1")

    def active(self, sigma: float, levels: NoiseLevels) -> bool:
        """Whether it holds at a noise level. The first and the last moment include what lies beyond the levels."""
        last = len(levels) - 1
        gone = 1 - levels.timestep(sigma) / last
        return self.start <= gone <= self.end


@dataclass(frozen=True, eq=False)
class Side:
    """The positive or the negative at one noise level: its jobs, and the sum of their weights [B, 1, H, W]."""

    jobs: list[Job]
    total: Tensor

    @property
    def covers_all(self) -> bool:
        return bool((self.total > 0).all())

    def average(self, denoised: Sequence[Tensor], x: Tensor) -> Tensor:
        """The weighted average [B, C, H, W] of the jobs' results; 0 where they have no weight."""
        sums = torch.zeros_like(x)
        for job, result in zip(self.jobs, denoised, strict=True):
            job.box.cut(sums).add_(result * job.weight)
        return sums / torch.where(self.total > 0, self.total, 1.0)


@dataclass(frozen=True, eq=False)
class Guided:
    """D(x; sigma) = u + cfg (c - u), where c follows `positive` and u `negative`.

    This is classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598, eq. 6), with cfg = 1 + w of the paper. Where
    several conditionings of a side overlap, the side is their average, weighted by strength, area and mask. Where a
    side conditions nothing, the other one stands in. `negative` is left out where it has no say (cfg = 1).
    """

    denoiser: ConditionalDenoiser
    positive: Sequence[Conditioned]
    negative: Sequence[Conditioned] = ()
    cfg: float = 1.0

    @torch.no_grad()
    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The guided estimate, like x [B, C, H, W]. Raises ValueError if a place is conditioned by neither side."""
        level = float(sigma)
        positive, negative = (self._side(side, x, level) for side in (self.positive, self.negative))
        if self.cfg == 1 and positive.covers_all:
            negative = Side([], torch.zeros_like(negative.total))
        denoised = evaluate(self.denoiser, x, level, [*positive.jobs, *negative.jobs])
        c = positive.average(denoised[: len(positive.jobs)], x)
        u = negative.average(denoised[len(positive.jobs) :], x)
        return self._combine(c, u, positive.total > 0, negative.total > 0)

    def _side(self, conditioned: Sequence[Conditioned], x: Tensor, sigma: float) -> Side:
        jobs, total = [], x.new_zeros((len(x), 1, *x.shape[-2:]))
        for item in conditioned:
            if item.strength == 0 or not item.active(sigma, self.denoiser.levels):
                continue
            box = box_of(item.area, x.shape[-2], x.shape[-1])
            weight = weight_of(item.mask, item.strength, box, x)
            box.cut(total).add_(weight)
            jobs.append(Job(item.context, item.pooled, box, weight))
        return Side(jobs, total)

    def _combine(self, c: Tensor, u: Tensor, has_c: Tensor, has_u: Tensor) -> Tensor:
        if not bool((has_c | has_u).all()):
            raise ValueError("nothing conditions a part of the picture at this noise level; add a text without an area")
        guided = u + self.cfg * (c - u) if self.cfg != 1 else c
        return torch.where(has_c & has_u, guided, torch.where(has_c, c, u))
