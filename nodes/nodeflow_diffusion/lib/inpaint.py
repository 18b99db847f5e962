"""Denoising inside a mask only: outside of it the latent follows the original."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from nodeflow_diffusion.lib.region import resized_mask
from nodeflow_diffusion.lib.sampling import Denoise


@dataclass(frozen=True, eq=False)
class Inpaint:
    """A `Denoise` that changes `original` only where `mask` is above 0 (Lugmayr et al. 2022, arXiv:2201.09865, eq. 8).

    `original` [B, C, H, W] is the clean latent and `noise`, of the same shape, the noise that the run started with.
    `mask` is 1 where the picture may change, 0 where it is kept, in between where both are mixed; [h, w], [B, h, w] or
    [B, 1, h, w], resized to the latent. What the network sees outside the mask is the original at the current noise
    level, and what comes out there is the original. A sampler that adds fresh noise does so outside the mask, too;
    `restore` its last latent.
    """

    denoise: Denoise
    original: Tensor
    noise: Tensor
    mask: Tensor

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The estimate of the clean latent, like x."""
        return self.restore(self.denoise(self.restore(x, sigma), sigma))

    def restore(self, x: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """x with the original, at noise level sigma, outside the mask: at 0 exactly the original."""
        kept = self.original + self.noise * sigma if float(sigma) else self.original
        return torch.lerp(kept, x, self._mask)

    @cached_property
    def _mask(self) -> Tensor:
        return resized_mask(self.mask, self.original)
