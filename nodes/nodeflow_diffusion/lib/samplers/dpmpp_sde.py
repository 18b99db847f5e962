"""DPM-Solver++ for the reverse SDE: eta scales its noise, from 0 (the ODE) to 1 (the SDE of the diffusion).

With h the step in lambda and u = (1 + eta) h, a step with a constant estimate is x_next = e^-u x + (1 - e^-u) D, and
noise of the standard deviation sigma_next sqrt(1 - e^(-2 eta h)) (Lu et al. 2022, arXiv:2211.01095, for eta = 1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal

from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import ancestral, half_log_snr, intervals, midpoint, perturb, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def dpmpp_sde(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 1.0, s_noise: float = 1.0
) -> Iterator[Step]:
    """SDE-DPM-Solver++ with two evaluations a step: to the middle in lambda, and with its estimate over the whole step.

    k-diffusion's method (r = 1/2), after Lu et al. 2022 (arXiv:2211.01095, alg. 1). The noise of the first half is part
    of the noise of the whole: `noise` must be a Brownian path.
    """
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        if sigma_next > 0:
            middle = midpoint(sigma, sigma_next)
            down, up = ancestral(sigma, middle, eta)
            x_middle = toward(x, denoised, sigma, down)
            x_middle = perturb(x_middle, up * s_noise, noise, sigma, middle)
            denoised = denoise(x_middle, middle)
        down, up = ancestral(sigma, sigma_next, eta)
        x = toward(x, denoised, sigma, down)
        x = perturb(x, up * s_noise, noise, sigma, sigma_next)
        yield Step(i, x, sigma_next, denoised)


def dpmpp_2m_sde(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver: Literal["midpoint", "heun"] = "midpoint",
) -> Iterator[Step]:
    """SDE-DPM-Solver++(2M): one evaluation a step, the estimate linear in lambda through the last two.

    Lu et al. 2022 (arXiv:2211.01095, alg. 2). "heun" integrates the line exactly, "midpoint" takes its value in the
    middle of the step. The first step, and that to 0, keep the estimate constant. ValueError for another solver.
    """
    if solver not in ("midpoint", "heun"):
        raise ValueError(f"no solver {solver!r}; there are 'midpoint', 'heun'")
    last: tuple[Tensor, Tensor] | None = None
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        h = half_log_snr(sigma_next) - half_log_snr(sigma)
        u = (1 + eta) * h
        x = denoised + (-u).exp() * (x - denoised)
        if last and sigma_next > 0:
            h_last, denoised_last = last
            r = h_last / h
            weight = -(-u).expm1() / 2 if solver == "midpoint" else 1 + (-u).expm1() / u
            x = x + weight * (denoised - denoised_last) / r
        std = sigma_next * (1 - (sigma_next / sigma) ** (2 * eta)).sqrt()
        x = perturb(x, std * s_noise, noise, sigma, sigma_next)
        last = h, denoised
        yield Step(i, x, sigma_next, denoised)


def dpmpp_3m_sde(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, eta: float = 1.0, s_noise: float = 1.0
) -> Iterator[Step]:
    """SDE-DPM-Solver++(3M): one evaluation a step, the estimate quadratic in lambda through the last three.

    k-diffusion's method, after the multistep third-order solver in the code of Lu et al. 2022 (arXiv:2211.01095).
    As there, the quadratic term has half the weight that integrating the parabola would give it, which is -2 phi_3 d2.
    The step to 0 keeps the estimate constant.
    """
    past: deque[tuple[Tensor, Tensor]] = deque(maxlen=2)
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        h = half_log_snr(sigma_next) - half_log_snr(sigma)
        u = (1 + eta) * h
        x = denoised + (-u).exp() * (x - denoised)
        if sigma_next > 0:
            x = x + _bend(denoised, past, h, u)
        std = sigma_next * (1 - (sigma_next / sigma) ** (2 * eta)).sqrt()
        x = perturb(x, std * s_noise, noise, sigma, sigma_next)
        past.appendleft((h, denoised))
        yield Step(i, x, sigma_next, denoised)


def _bend(denoised: Tensor, past: Sequence[tuple[Tensor, Tensor]], h: Tensor, u: Tensor) -> Tensor | float:
    """What the differences of the last estimates, newest first and with the steps they began, add to a step."""
    if not past:
        return 0.0
    phi_2 = 1 + (-u).expm1() / u
    h_0, denoised_1 = past[0]
    r_0 = h_0 / h
    d1 = (denoised - denoised_1) / r_0
    if len(past) == 1:
        return phi_2 * d1
    phi_3 = phi_2 / u - 0.5
    h_1, denoised_2 = past[1]
    r_1 = h_1 / h
    d2 = (d1 - (denoised_1 - denoised_2) / r_1) / (r_0 + r_1)
    return phi_2 * (d1 + r_0 * d2) - phi_3 * d2
