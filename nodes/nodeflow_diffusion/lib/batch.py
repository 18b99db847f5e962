"""Many conditionings, few calls of the network: those of one size go in one batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nodeflow_diffusion.lib.region import Box

Evaluate = Callable[[Tensor, float, Tensor, Tensor | None], Tensor]
_MOST_REPEATS = 8


@dataclass(frozen=True, eq=False)
class Job:
    """One conditioning's call: what to condition on, on which box, and the weight of the result there."""

    context: Tensor
    pooled: Tensor | None
    box: Box
    weight: Tensor


def evaluate(denoise: Evaluate, x: Tensor, sigma: float, jobs: Sequence[Job]) -> list[Tensor]:
    """The denoised box [B, C, h, w] of each job, in as few calls as shapes allow."""
    results: dict[int, Tensor] = {}
    for group in _groups(jobs):
        members = [jobs[i] for i in group]
        out = denoise(
            torch.cat([job.box.cut(x) for job in members]),
            sigma,
            joined([_expanded(job.context, len(x), "context") for job in members]),
            _vectors(members, len(x)),
        )
        results |= dict(zip(group, out.chunk(len(members)), strict=True))
    return [results[i] for i in range(len(jobs))]


def joined(contexts: Sequence[Tensor]) -> Tensor:
    """Contexts [B, T, D] of lengths T as one batch at the least common multiple of the lengths.

    Each is repeated, which changes nothing: attention over k copies of the same keys is attention over one.
    """
    length = math.lcm(*(c.shape[1] for c in contexts))
    return torch.cat([c.repeat(1, length // c.shape[1], 1) for c in contexts])


def _groups(jobs: Sequence[Job]) -> Iterable[list[int]]:
    """Indices of jobs that fit in one batch: equal boxes and widths, lengths with a small common multiple."""
    groups: list[list[int]] = []
    for i, job in enumerate(jobs):
        fitting = (group for group in groups if _fits(job, [jobs[j] for j in group]))
        group = next(fitting, None)
        if group is None:
            groups.append([i])
        else:
            group.append(i)
    return groups


def _fits(job: Job, group: Sequence[Job]) -> bool:
    first = group[0]
    lengths = [member.context.shape[1] for member in (*group, job)]
    return (
        (job.box.height, job.box.width) == (first.box.height, first.box.width)
        and job.context.shape[2] == first.context.shape[2]
        and (job.pooled is None) == (first.pooled is None)
        and math.lcm(*lengths) <= _MOST_REPEATS * min(lengths)
    )


def _vectors(jobs: Sequence[Job], batch: int) -> Tensor | None:
    vectors = [_expanded(job.pooled, batch, "pooled vector") for job in jobs if job.pooled is not None]
    return torch.cat(vectors) if vectors else None


def _expanded(tensor: Tensor, batch: int, name: str) -> Tensor:
    if len(tensor) not in (1, batch):
        raise ValueError(f"{name} of shape {list(tensor.shape)} for a batch of {batch}: must start with 1 or {batch}")
    return tensor.expand(batch, *tensor.shape[1:])
