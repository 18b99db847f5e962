"""Parts of schedules: the end of a longer one, for image to image, and one without its last level."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.schedules.ending import check_steps


def img2img_sigmas(
    schedule: Callable[[int, NoiseLevels], Tensor], steps: int, denoise: float, levels: NoiseLevels
) -> Tensor:
    """The last `steps` steps of the schedule with int(steps / denoise): [steps + 1], as long however small denoise is.

    `denoise` is the share of the way from pure noise that is sampled, in [0, 1]; 0 gives no sigmas at all, an empty
    run. Raises ValueError outside, or if the schedule cannot have that many steps.
    """
    check_steps(steps)
    if not 0 <= denoise <= 1:
        raise ValueError(f"denoise {denoise!r}: must lie in [0, 1]")
    if not denoise:
        return torch.zeros(0)
    whole = int(steps / denoise)
    try:
        return schedule(whole, levels)[-(steps + 1) :]
    except ValueError as error:
        raise ValueError(f"denoise {denoise!r} makes {steps} steps the end of {whole}; {error}") from error


def without_penultimate(schedule: Callable[[int, NoiseLevels], Tensor]) -> Callable[[int, NoiseLevels], Tensor]:
    """The schedule with one step more, from which the lowest level above 0 is left out: as many steps, the last longer.

    What the samplers in `samplers.DISCARDS_PENULTIMATE` are customarily given.
    """

    def shortened(steps: int, levels: NoiseLevels) -> Tensor:
        sigmas = schedule(steps + 1, levels)
        return torch.cat([sigmas[:-2], sigmas[-1:]])

    return shortened
