"""Schedules that space the noise levels themselves."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.schedules.ending import check_steps, to_zero


def karras(steps: int, levels: NoiseLevels, rho: float = 7.0) -> Tensor:
    """Even in sigma^(1/rho) from sigma_max to sigma_min (Karras et al. 2022, arXiv:2206.00364, eq. 5)."""
    check_steps(steps)
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    high, low = levels.sigma_max ** (1 / rho), levels.sigma_min ** (1 / rho)
    return to_zero((high + ramp * (low - high)) ** rho)


def exponential(steps: int, levels: NoiseLevels) -> Tensor:
    """Even in log sigma from sigma_max to sigma_min.

    Even steps in lambda = -log sigma are what DPM-Solver takes (Lu et al. 2022, arXiv:2206.00927, sec. 3.3).
    """
    check_steps(steps)
    return to_zero(
        torch.linspace(math.log(levels.sigma_max), math.log(levels.sigma_min), steps, dtype=torch.float64).exp()
    )
