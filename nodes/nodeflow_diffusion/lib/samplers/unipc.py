"""UniPC: a multistep predictor, and a corrector that spends no evaluation of its own.

Zhao et al. 2023 (arXiv:2302.04867, alg. 1 and 2, for the denoised estimate). Both halves are one update: the
exponential step with a constant estimate m_0, less sum_k rho_k B(h) D_k with D_k = (m_k - m_0) / r_k, where the
estimate m_k belongs to the level lambda + r_k h. The corrector's nodes include the end of the step (r = 1), evaluated
at the predicted x.
"""

# ruff: noqa: ARG001 (a sampler that draws no noise is called like the others)

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import half_log_snr, intervals, toward
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


class _Estimate(NamedTuple):
    sigma: Tensor
    denoised: Tensor


def uni_pc(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, order: int = 3) -> Iterator[Step]:
    """UniPC-`order` with B_1(h) = h, one evaluation a step.

    The order of accuracy is order + 1; the first steps and the last, towards 0, have lower ones. Raises ValueError
    unless order >= 1.
    """
    return _unipc(denoise, x, sigmas, order, lambda h: -h)


def uni_pc_bh2(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, order: int = 3) -> Iterator[Step]:
    """As `uni_pc` with B_2(h) = e^h - 1."""
    return _unipc(denoise, x, sigmas, order, lambda h: (-h).expm1())


def _unipc(denoise: Denoise, x: Tensor, sigmas: Tensor, order: int, b: Callable[[Tensor], Tensor]) -> Iterator[Step]:
    if order < 1:
        raise ValueError(f"order {order!r}: must be at least 1")
    past: deque[_Estimate] = deque(maxlen=order)  # newest first
    x_last, used = x, 0
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        now = _Estimate(sigma, denoised)
        if past:
            x = _update(x_last, [*list(past)[:used], now], sigma, b)
        past.appendleft(now)
        x_last, used = x, min(order, i + 1, len(sigmas) - 1 - i)
        x = _update(x, list(past)[:used], sigma_next, b)
        yield Step(i, x, sigma_next, denoised)


def _update(x: Tensor, estimates: list[_Estimate], target: Tensor, b: Callable[[Tensor], Tensor]) -> Tensor:
    """x taken from the level of the first estimate to `target`; the others, in any order, bend the path."""
    sigma, m_0 = estimates[0]
    x = toward(x, m_0, sigma, target)
    if len(estimates) == 1:
        return x
    h = half_log_snr(target) - half_log_snr(sigma)
    r = torch.stack([half_log_snr(e.sigma) - half_log_snr(sigma) for e in estimates[1:]]) / h
    for weight, r_k, (_, m_k) in zip(_weights(h, r, b), r, estimates[1:], strict=True):
        x = x - weight * (m_k - m_0) / r_k
    return x


def _weights(h: Tensor, r: Tensor, b: Callable[[Tensor], Tensor]) -> Tensor:
    """rho_k B(h) for every node r_k [K]: rho is 1/2 for a single node, and else solves sum_k r_k^n rho_k = b_n, n < K.

    There b_n is (n + 1)! phi_{n+2}(-h) (-h) / B(h), so that B only matters for a single node.
    """
    if len(r) == 1:
        return b(h)[None] / 2
    phi, factorial, right = (-h).expm1() / -h - 1, 1, []
    for n in range(len(r)):
        right.append(phi * factorial)
        factorial *= n + 2
        phi = phi / -h - 1 / factorial
    weights: Tensor = torch.linalg.solve(r ** torch.arange(len(r), device=r.device)[:, None], torch.stack(right))
    return weights
