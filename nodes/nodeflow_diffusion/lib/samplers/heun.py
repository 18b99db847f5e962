"""Heun's method."""

# ruff: noqa: ARG001 (a sampler that draws no noise is called like the others)

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import intervals, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def heun(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Iterator[Step]:
    """Second order by the trapezoidal rule, two evaluations a step (Karras et al. 2022, arXiv:2206.00364, alg. 1).

    The step to 0 is Euler's: there the slope (x - D) / sigma at its end does not exist.
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        d = (x - denoised) / sigma
        x_next = toward(x, denoised, sigma, sigma_next)
        if sigma_next > 0:
            denoised = denoise(x_next, sigma_next)
            d_next = (x_next - denoised) / sigma_next
            x_next = x + (d + d_next) / 2 * (sigma_next - sigma)
        x = x_next
        yield Step(i, x, sigma_next, denoised)
