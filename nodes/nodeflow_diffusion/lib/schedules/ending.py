"""What all schedules share: a positive number of steps, and a 0 at the end."""

from __future__ import annotations

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels


def to_zero(sigmas: Tensor) -> Tensor:
    """Sigmas [steps], float32, with a 0 behind them."""
    return torch.cat([sigmas.float(), torch.zeros(1)])


def check_steps(steps: int, most: int | None = None) -> None:
    """Raise ValueError unless 1 <= steps <= most."""
    if steps < 1 or (most is not None and steps > most):
        raise ValueError(f"{steps!r} steps: must be at least 1" + (f" and at most {most}" if most else ""))


def at_timesteps(timesteps: Tensor, levels: NoiseLevels) -> Tensor:
    """The schedule through the levels of descending timesteps [steps]."""
    return to_zero(levels.sigma(timesteps))
