"""The samplers of discrete diffusion, DDPM and DDIM, in terms of sigma."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from nodeflow_diffusion.lib.samplers.euler import euler_ancestral
from nodeflow_diffusion.lib.samplers.interval import intervals, perturb
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def ddpm(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, s_noise: float = 1.0) -> Iterator[Step]:
    """Draws each latent from the posterior q(x_next | x, x0 = D) (Ho et al. 2020, arXiv:2006.11239, eq. 7, alg. 2).

    Divided by sqrt(abar), its mean is D + (sigma_next / sigma)^2 (x - D) and its variance
    sigma_next^2 (1 - sigma_next^2 / sigma^2): the same step as `euler_ancestral` with eta = 1.
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        kept = (sigma_next / sigma) ** 2
        mean, std = denoised + kept * (x - denoised), sigma_next * (1 - kept).sqrt()
        x = perturb(mean, std * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)


def ddim(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 0.0) -> Iterator[Step]:
    """Song et al. 2020 (arXiv:2010.02502, eq. 12).

    Divided by sqrt(abar) it is x_next = D + sqrt(sigma_next^2 - up^2) (x - D) / sigma + up * noise, so that DDIM is
    `euler` for eta = 0 and `euler_ancestral` otherwise: the names differ, the mathematics does not.
    """
    return euler_ancestral(denoise, x, sigmas, noise, eta=eta)
