"""Euler's method, plain and ancestral."""

# ruff: noqa: ARG001 (a sampler that draws no noise is called like the others)

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import ancestral, intervals, perturb, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def euler(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Iterator[Step]:
    """First order, one evaluation a step (Karras et al. 2022, arXiv:2206.00364, alg. 1 without its correction)."""
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        x = toward(x, denoised, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)


def euler_ancestral(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 1.0, s_noise: float = 1.0
) -> Iterator[Step]:
    """Euler steps to below the next level, then noise up to it, times s_noise.

    k-diffusion's form of DDIM with eta (Song et al. 2020, arXiv:2010.02502, eq. 12 and 16).
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        x = toward(x, denoised, sigma, down)
        x = perturb(x, up * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)
