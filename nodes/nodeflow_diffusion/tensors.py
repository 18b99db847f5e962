"""Pictures and masks as tensors, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from nodeflow import Image

if TYPE_CHECKING:
    from torch import Tensor

    from nodeflow import Mask


def picture(image: Image) -> Tensor:
    """[B, 3, H, W] in -1..1, as a VAE takes it; transparency is left out."""
    return torch.tensor(image.pixels[..., :3]).movedim(-1, 1) * 2 - 1


def image(picture: Tensor) -> Image:
    """The image of [B, 3, H, W] in about -1..1, cut off there."""
    pixels = ((picture.float().cpu() + 1) / 2).clamp(0, 1).movedim(1, -1)
    return Image(np.ascontiguousarray(pixels.numpy()))


def mask(mask: Mask) -> Tensor:
    """[B, 1, H, W] in 0..1."""
    return torch.tensor(mask.values)[:, None]


def resized_mask(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask [B, 1, H, W] at another size: bilinear, averaged where it shrinks. Unchanged at its own size.

    A position is 0 or 1 exactly where everything that went into it is.
    """
    if mask.shape[-2:] == (height, width):
        return mask
    return functional.interpolate(mask, (height, width), mode="bilinear", antialias=True).clamp(0, 1)
