"""Multistep sampling of consistency models."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import intervals, perturb
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def lcm(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, s_noise: float = 1.0) -> Iterator[Step]:
    """Denoises all the way and adds fresh noise for the next level, for models distilled to do so in few steps.

    Song et al. 2023 (arXiv:2303.01469, alg. 1), Luo et al. 2023 (arXiv:2310.04378, alg. 3).
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        x = perturb(denoised, sigma_next * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)
