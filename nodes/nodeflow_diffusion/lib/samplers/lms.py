"""The linear multistep method of Adams and Bashforth on uneven levels."""

# ruff: noqa: ARG001 (a sampler that draws no noise is called like the others)

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor

from nodeflow_diffusion.lib.samplers.interval import intervals
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step


def lms(denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, *, order: int = 4) -> Iterator[Step]:
    """Of the given order, one evaluation a step: integrates the polynomial through the last slopes (x - D) / sigma.

    Adams-Bashforth (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, sec. III.5; for diffusion
    Liu et al. 2022, arXiv:2202.09778). Starts with lower orders. Raises ValueError unless order >= 1.
    """
    if order < 1:
        raise ValueError(f"order {order!r}: must be at least 1")
    slopes: deque[Tensor] = deque(maxlen=order)
    for i, sigma, sigma_next in intervals(sigmas):
        denoised = denoise(x, sigma)
        slopes.append((x - denoised) / sigma)
        weights = adams_bashforth(sigmas[i + 1 - len(slopes) : i + 1], sigma_next)
        x = x + sum(w * d for w, d in zip(weights, slopes, strict=True))
        yield Step(i, x, sigma_next, denoised)


def adams_bashforth(sigmas: Tensor, sigma_next: Tensor) -> Tensor:
    """Weights [k] of the slopes at sigmas [k], for the integral from the last of them to sigma_next.

    Exact for polynomials of degree below k: the weights w_j of the nodes tau_j = (sigma_j - sigma) / h satisfy
    sum_j w_j tau_j^m = h / (m + 1) for m < k.
    """
    nodes = sigmas.double()
    h = sigma_next.double() - nodes[-1]
    powers = torch.arange(len(nodes), device=nodes.device)
    vandermonde = ((nodes - nodes[-1]) / h) ** powers[:, None]
    weights: Tensor = torch.linalg.solve(vandermonde, h / (powers + 1))
    return weights
