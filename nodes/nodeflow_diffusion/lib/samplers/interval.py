"""The interval between two noise levels: walking over intervals, and the small steps every sampler is made of.

Throughout, x = x0 + sigma * noise, lambda = -log sigma is half the log signal-to-noise ratio, and D is the denoised
estimate; the probability-flow ODE is dx/dsigma = (x - D) / sigma (Karras et al. 2022, arXiv:2206.00364, eq. 1 and 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from nodeflow_diffusion.lib.sampling import Noise


def intervals(sigmas: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """(index, sigma, sigma_next) of every step; the levels are 0-dim."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        yield i, sigma, sigma_next


def toward(x: Tensor, denoised: Tensor, sigma: Tensor, target: Tensor) -> Tensor:
    """x taken from `sigma` to `target` along the straight line to `denoised`; exactly `denoised` for 0.

    This is the Euler step of the ODE, x + (x - D) / sigma * (target - sigma), and also the first step of its
    exponential integrator in lambda, (target / sigma) x - expm1(-h) D with h = log(sigma / target).
    """
    return denoised + (target / sigma) * (x - denoised)


def half_log_snr(sigma: Tensor) -> Tensor:
    """lambda = -log sigma, float64, since its small differences are divided by each other; infinite for 0."""
    return -sigma.double().log()


def midpoint(sigma: Tensor, target: Tensor) -> Tensor:
    """The level half way in lambda: the geometric mean."""
    return (sigma * target).sqrt()


def ancestral(sigma: Tensor, sigma_next: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """Split a step into the level to descend to and the standard deviation of the noise to add then.

    down^2 + up^2 = sigma_next^2, with up = eta sigma_next sqrt(1 - sigma_next^2 / sigma^2), at most sigma_next: DDIM's
    sigma_t(eta) (Song et al. 2020, arXiv:2010.02502, eq. 16) divided by sqrt(abar). eta 0 adds no noise, 1 as much as
    the posterior of the diffusion.
    """
    up = sigma_next * (eta * (1 - (sigma_next / sigma) ** 2).sqrt()).clamp(max=1)
    down = (sigma_next**2 - up**2).sqrt() if eta else sigma_next
    return down, up


def perturb(x: Tensor, std: Tensor, noise: Noise, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    """x with the noise of the interval added, of standard deviation `std`; noise is not asked for where that is 0."""
    return x + std * noise(sigma, sigma_next) if std > 0 else x
