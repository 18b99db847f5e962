"""Schedules that space the timesteps evenly; they differ in the ends, and in rounding to whole timesteps.

Lin et al. 2023 (arXiv:2305.08891, table 2) compares them; T is the number of timesteps the network was trained on.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.schedules.ending import at_timesteps, check_steps


def normal(steps: int, levels: NoiseLevels) -> Tensor:
    """From T - 1 to 0, both included ("linspace"); a single step starts at T - 1.

    Between whole timesteps log sigma is linear. diffusers interpolates sigma itself, which is greater by a factor of at
    most about 1 + d^2 / 8 for neighbours whose logarithms are d apart, and starts a single step at timestep 0.
    """
    check_steps(steps)
    return at_timesteps(torch.linspace(len(levels) - 1, 0, steps, dtype=torch.float64), levels)


def sgm_uniform(steps: int, levels: NoiseLevels) -> Tensor:
    """From T - 1 down to one spacing above 0, so that the last step is no shorter than the others.

    "linspace" with a step more, without its last timestep.
    """
    check_steps(steps)
    return at_timesteps(torch.linspace(len(levels) - 1, 0, steps + 1, dtype=torch.float64)[:-1], levels)


def simple(steps: int, levels: NoiseLevels) -> Tensor:
    """Whole timesteps at every T / steps, counted from T - 1 downwards ("trailing"). At most T steps.

    Where `steps` does not divide T, diffusers rounds to the nearest timestep, and other tools up, as it is done here.
    """
    check_steps(steps, most=len(levels))
    back = (torch.arange(steps, dtype=torch.float64) * (len(levels) / steps)).floor()
    return at_timesteps(len(levels) - 1 - back, levels)


def ddim_uniform(steps: int, levels: NoiseLevels) -> Tensor:
    """Every (T // steps)-th timestep, counted from 1 upwards ("leading", offset 1). At most T - 1 steps.

    So Stable Diffusion was first sampled with DDIM (Song et al. 2020, arXiv:2010.02502, app. D.2). Where `steps` does
    not divide T, some tools go on towards T and take a step or more than asked; here they are as many as asked.
    """
    check_steps(steps, most=len(levels) - 1)
    return at_timesteps(1 + torch.arange(steps - 1, -1, -1) * (len(levels) // steps), levels)
