"""A small picture of a latent: by a linear map of its channels to colours, fitted to the pipeline's own VAE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nodeflow import Image
from nodeflow_diffusers.latents import factor

TONES = 4
"""Of red, green and blue each: so many plain colours, to the third power, are shown to the VAE."""
SIDE = 4
"""Positions of the latent that a plain colour takes each way; the outermost ones are left out."""
FAINTEST = 0.02
"""Directions of the latent in which plain colours differ by less than this part of the most are left out as noise."""


@dataclass(frozen=True, eq=False)
class LatentColours:
    """RGB (0..1) = latent @ weights + bias at each position: `weights` [channels, 3], `bias` [3], float32."""

    weights: Tensor
    bias: Tensor

    @property
    def nbytes(self) -> int:
        return 4 * (self.weights.numel() + self.bias.numel())

    @torch.no_grad()
    def __call__(self, latents: Tensor) -> Image:
        """The picture [batch, height, width, 3] of latents [batch, channels, height, width] in the scale of the VAE."""
        pixels = latents.float().cpu().movedim(1, -1) @ self.weights + self.bias
        return Image(np.ascontiguousarray(pixels.clamp(0, 1).numpy()))


@torch.no_grad()
def fitted(vae: Any) -> LatentColours:
    """The map that is least wrong for plain colours, in the sense of least squares."""
    tones = torch.linspace(0, 1, TONES)
    colours = torch.cartesian_prod(tones, tones, tones)
    side = SIDE * factor(vae)
    pictures = (colours * 2 - 1)[:, :, None, None].expand(-1, -1, side, side)
    encoded = vae.encode(pictures.to(device=vae.device, dtype=vae.dtype))
    latents = encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latents
    means = latents[..., 1:-1, 1:-1].float().cpu().mean(dim=(2, 3))
    centre, middle = means.mean(dim=0), colours.mean(dim=0)
    weights = torch.linalg.pinv(means - centre, rtol=FAINTEST) @ (colours - middle)
    return LatentColours(weights, middle - centre @ weights)
