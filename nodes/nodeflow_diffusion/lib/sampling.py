"""What a sampler is: a generator of steps over a denoiser, noise levels and a source of noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]
"""D(x, sigma): the denoised estimate, of the shape of x [B, C, H, W], at the noise level sigma (0-dim)."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a sampler stands after step `index`, counted from 0.

    `x` is the latent, `sigma` the noise level it now has, and `denoised` the last estimate of the clean latent, for
    previews. Neither tensor is written to afterwards. (A NamedTuple could not have a field named `index`.)
    """

    index: int
    x: Tensor
    sigma: Tensor
    denoised: Tensor


class Noise(Protocol):
    """A source of noise with unit variance for the interval between two noise levels."""

    def __call__(self, sigma: Tensor, sigma_next: Tensor, /) -> Tensor:
        """Noise of the shape, device and dtype of x; noises of intervals that do not overlap are independent."""
        ...


Sampler = Callable[[Denoise, Tensor, Tensor, Noise], Iterator[Step]]
"""Called as sampler(denoise, x, sigmas, noise): takes x [B, C, H, W] from the level sigmas[0] to sigmas[-1].

`sigmas` descends and may end in 0; n + 1 of them make n steps. Its entries only serve as numbers, so they best stay on
the CPU wherever x is. x keeps its dtype: let it be float32, also where the network computes in less.
"""


def run(sampler: Sampler, denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Tensor:
    """The latent after the last step; x itself if fewer than two sigmas leave no step to take."""
    for step in sampler(denoise, x, sigmas, noise):
        x = step.x
    return x
