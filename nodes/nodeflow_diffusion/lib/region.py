"""Where a conditioning holds: areas of a latent, and the weights of its positions."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

Area = tuple[int, int, int, int] | tuple[float, float, float, float]
"""(y, x, height, width): ints in latent units, floats in fractions of the picture."""


@dataclass(frozen=True)
class Box:
    """A rectangle of whole positions inside a latent."""

    y: int
    x: int
    height: int
    width: int

    def cut(self, latent: Tensor) -> Tensor:
        """The part of [..., H, W] inside the box, as a view."""
        return latent[..., self.y : self.y + self.height, self.x : self.x + self.width]


def box_of(area: Area | None, height: int, width: int) -> Box:
    """The area as a box in a latent of that size, cut off at its borders; all of it without an area.

    Raises ValueError for an area of which nothing is inside.
    """
    if area is None:
        return Box(0, 0, height, width)
    sides = (height, width, height, width)
    y, x, h, w = (round(v * side) if isinstance(v, float) else v for v, side in zip(area, sides, strict=True))
    top, left = max(y, 0), max(x, 0)
    box = Box(top, left, min(y + h, height) - top, min(x + w, width) - left)
    if box.height < 1 or box.width < 1:
        raise ValueError(f"area {area!r} (y, x, height, width) has no part in a latent of {height} by {width}")
    return box


def resized_mask(mask: Tensor, x: Tensor) -> Tensor:
    """A mask [h, w], [B, h, w] or [B, 1, h, w] (B may be 1) at the size of the latent x: [B, 1, H, W], like x.

    Raises ValueError for other shapes.
    """
    four = mask[None, None] if mask.ndim == 2 else mask[:, None] if mask.ndim == 3 else mask
    if four.ndim != 4 or four.shape[1] != 1 or four.shape[0] not in (1, len(x)):
        raise ValueError(f"mask of shape {list(mask.shape)}: must be [h, w] or [1 or {len(x)}, h, w]")
    four = four.to(x)
    if four.shape[-2:] == x.shape[-2:]:
        return four
    return F.interpolate(four, x.shape[-2:], mode="bilinear", antialias=True)


def weight_of(mask: Tensor | None, strength: float, box: Box, x: Tensor) -> Tensor:
    """The weights [B or 1, 1, h, w] of the positions in the box."""
    if mask is None:
        return x.new_full((1, 1, box.height, box.width), strength)
    return box.cut(resized_mask(mask, x)) * strength
