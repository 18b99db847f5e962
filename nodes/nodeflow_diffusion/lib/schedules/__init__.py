"""Schedules by name: the noise levels a sampler visits. Imports no torch until one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from nodeflow_diffusion.lib.lookup import lookup

if TYPE_CHECKING:
    from torch import Tensor

    from nodeflow_diffusion.lib.noise_levels import NoiseLevels

    Schedule = Callable[[int, NoiseLevels], Tensor]
    """schedule(steps, levels): [steps + 1] sigmas, float32 on the CPU, strictly descending and ending in 0."""

SCHEDULES: dict[str, str] = {
    name: f"{__name__}.{place}"
    for name, place in {
        "normal": "timesteps:normal",
        "karras": "sigmas:karras",
        "exponential": "sigmas:exponential",
        "simple": "timesteps:simple",
        "sgm_uniform": "timesteps:sgm_uniform",
        "ddim_uniform": "timesteps:ddim_uniform",
        "beta": "beta:beta",
    }.items()
}
"""Where each schedule is, as `"module:function"`."""


def schedule(name: str) -> Schedule:
    """The schedule of that name; raises ValueError with the nearest name if there is none."""
    return cast("Schedule", lookup("schedule", SCHEDULES, name))
