"""The schedule that crowds its timesteps at both ends, as the quantiles of a beta distribution."""

from __future__ import annotations

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.schedules.ending import at_timesteps, check_steps


def beta(steps: int, levels: NoiseLevels, a: float = 0.6, b: float = 0.6) -> Tensor:
    """Whole timesteps at the quantiles 1, 1 - 1/steps, ..., 1/steps of Beta(a, b) on [0, T - 1]. At most T steps.

    Lee et al. 2024 (arXiv:2407.12173). Timesteps that would coincide, which takes more than 100 steps, move
    to the next free ones. diffusers' `use_beta_sigmas` takes quantiles of the range of sigma instead of timesteps.
    """
    check_steps(steps, most=len(levels))
    k, last = torch.arange(steps), len(levels) - 1
    # The median lies half way between two timesteps, where the upper one is customary: hence the nudge.
    rounded = (beta_quantile(1 - k.double() / steps, a, b) * last + 1e-6).round().long()
    # Distinct and descending means that timestep + k never rises; the running maximum from below makes it so.
    distinct = (rounded + k).flip(0).cummax(0).values.flip(0).clamp(max=last) - k
    return at_timesteps(distinct, levels)


def beta_quantile(p: Tensor, a: float, b: float) -> Tensor:
    """The x [n] at which the regularised incomplete beta function I_x(a, b) is p [n], float64; by bisection.

    As exact as float64 can tell the function's values apart, which near 1 and for b > 1 is less than x itself.
    """
    low, high = torch.zeros_like(p), torch.ones_like(p)
    for _ in range(60):
        middle = (low + high) / 2
        below = beta_cdf(middle, a, b) < p
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return high


def beta_cdf(x: Tensor, a: float, b: float) -> Tensor:
    """I_x(a, b) = B(x; a, b) / B(1; a, b) for x [n] in [0, 1], float64; a and b above 0."""
    half = torch.tensor(0.5, dtype=torch.float64)
    total = _incomplete_beta(half, a, b) + _incomplete_beta(half, b, a)
    lower, upper = _incomplete_beta(x.clamp(max=0.5), a, b), _incomplete_beta(1 - x.clamp(min=0.5), b, a)
    return torch.where(x <= 0.5, lower, total - upper) / total


def _incomplete_beta(x: Tensor, a: float, b: float) -> Tensor:
    """B(x; a, b) for x <= 1/2, where x^a sum_k (1 - b)_k x^k / (k! (a + k)) gains a bit or more with every term."""
    k = torch.arange(60, dtype=torch.float64)
    factors = torch.cat([torch.ones(1, dtype=torch.float64), (k[1:] - b) / k[1:]]).cumprod(0)
    return x**a * (x[..., None] ** k @ (factors / (a + k)))
