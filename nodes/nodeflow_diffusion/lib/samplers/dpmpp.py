"""DPM-Solver++, which integrates the denoised estimate exponentially in lambda: single-step and multistep."""

# ruff: noqa: ARG001 (a sampler that draws no noise is called like the others)

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import ancestral, half_log_snr, intervals, midpoint, perturb, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def dpmpp_2s_ancestral(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 1.0, s_noise: float = 1.0
) -> Iterator[Step]:
    """DPM-Solver++(2S) to the lower level of an ancestral step, then noise times s_noise; two evaluations a step.

    Lu et al. 2022 (arXiv:2211.01095, alg. 1 with r = 1/2): the estimate of the middle in lambda serves the whole step.
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        if down > 0:
            middle = midpoint(sigma, down)
            denoised = denoise(toward(x, denoised, sigma, middle), middle)
        x = toward(x, denoised, sigma, down)
        x = perturb(x, up * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)


def dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Iterator[Step]:
    """DPM-Solver++(2M): second order, one evaluation a step (Lu et al. 2022, arXiv:2211.01095, alg. 2).

    The estimate is extrapolated to the middle of the step from the last one; not in the first step, nor in that to 0,
    which is infinitely long in lambda.
    """
    last: tuple[Tensor, Tensor] | None = None
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        h = half_log_snr(sigma_next) - half_log_snr(sigma)
        estimate = denoised
        if last and sigma_next > 0:
            h_last, denoised_last = last
            r = h_last / h
            estimate = denoised + (denoised - denoised_last) / (2 * r)
        x = toward(x, estimate, sigma, sigma_next)
        last = h, denoised
        yield Step(i, x, sigma_next, denoised)
