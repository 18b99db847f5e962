"""What the latent space holds: ways between latents, and their channels as pictures."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from nodeflow_diffusion.types import Latent

from nodeflow import Image
from nodeflow_training.chart import grid
from nodeflow_training.course import image

DARKEST = 3.0


def between(first: Latent, second: Latent, count: int, way: Literal["straight", "arc"]) -> Latent:
    """`count` latents from one to the other. Raises ValueError for latents of other sizes."""
    a, b = first.samples[:1], second.samples[:1]
    if a.shape != b.shape or first.factor != second.factor:
        raise ValueError(f"from a {first} to a {second}: both must be of one size")
    t = torch.linspace(0, 1, count)[:, None, None, None]
    if way == "straight":
        return Latent((1 - t) * a + t * b, factor=first.factor)
    # Spherical interpolation (Shoemake 1985): noise of unit variance keeps it on the way.
    cosine = torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0).clamp(-1, 1)
    angle = cosine.acos().clamp(min=1e-4)
    return Latent((((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin(), factor=first.factor)


def channels(latent: Latent, scale: int) -> Image:
    """The channels of the first latent as gray pictures."""
    values = ((latent.samples[0].numpy() / DARKEST + 1) * 127.5).clip(0, 255).astype(np.uint8)
    tiles = [np.kron(each, np.ones((scale, scale), np.uint8))[..., None].repeat(3, axis=2) for each in values]
    columns = next(n for n in range(int(len(tiles) ** 0.5), 0, -1) if len(tiles) % n == 0)
    return image([grid(tiles, len(tiles) // columns)])
