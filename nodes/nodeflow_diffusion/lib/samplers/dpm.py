"""DPM-Solver-2: the midpoint rule with the middle taken in lambda, plain and ancestral."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import ancestral, intervals, midpoint, perturb, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def dpm_2(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Iterator[Step]:
    """Second order, two evaluations a step; the step to 0 is Euler's.

    DPM-Solver-2 (Lu et al. 2022, arXiv:2206.00927, alg. 1): in this convention its exponential integrator of the
    noise prediction is the midpoint rule in sigma, with the slope at the geometric mean.
    """
    return dpm_2_ancestral(denoise, x, sigmas, noise, eta=0.0)


def dpm_2_ancestral(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 1.0, s_noise: float = 1.0
) -> Iterator[Step]:
    """`dpm_2` to the lower level of an ancestral step, then noise times s_noise (k-diffusion)."""
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        if down > 0:
            middle = midpoint(sigma, down)
            x_middle = toward(x, denoised, sigma, middle)
            denoised = denoise(x_middle, middle)
            x = x + (x_middle - denoised) / middle * (down - sigma)
        else:
            x = toward(x, denoised, sigma, down)
        x = perturb(x, up * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)
