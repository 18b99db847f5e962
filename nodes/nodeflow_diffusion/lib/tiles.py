"""Encoding and decoding in overlapping tiles, so that memory is bounded by a tile's activations, not a picture's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nodeflow_diffusion.lib.vae import VAE, Posterior

OnTile = Callable[[int, int], object]
"""Called as on_tile(done, total) after each tile, for progress; it may raise to cancel."""


@dataclass(frozen=True)
class Tiling:
    """Sides of tiles, and by how much neighbours overlap at least, both in latent positions: 0 <= overlap < tile."""

    tile: int = 64
    overlap: int = 16

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.tile:
            raise ValueError(f"overlap {self.overlap!r} of tiles of {self.tile!r}: must be 0 <= overlap < tile")

    def starts(self, size: int) -> list[int]:
        """Where tiles begin along a side: evenly spread, the last one ending at the border."""
        if size <= self.tile:
            return [0]
        count = math.ceil((size - self.overlap) / (self.tile - self.overlap))
        return [round(i * (size - self.tile) / (count - 1)) for i in range(count)]


def _ignore(done: int, total: int) -> None:
    """Does nothing."""


@torch.no_grad()
def decode_tiled(vae: VAE, latent: Tensor, tiling: Tiling | None = None, on_tile: OnTile = _ignore) -> Tensor:
    """The picture [B, 3, H, W] of a scaled latent, float32 on the latent's device.

    Tiles fade into each other. The picture differs a little from `vae.decode`'s, as each tile is normed by itself.
    """
    return _blended(vae.decode, latent, tiling or Tiling(), (1, vae.config.factor), on_tile)


@torch.no_grad()
def encode_tiled(
    vae: VAE,
    x: Tensor,
    tiling: Tiling | None = None,
    generator: torch.Generator | None = None,
    on_tile: OnTile = _ignore,
) -> Tensor:
    """The scaled latent [B, C, h, w] of a picture [B, 3, H, W] in -1..1, float32 on its device: else as `vae.encode`.

    H and W must be multiples of the VAE's factor. The moments are blended, so a sample has noise without seams.
    """
    moments = _blended(vae.moments, x, tiling or Tiling(), (vae.config.factor, 1), on_tile)
    return vae.scaled(Posterior.of(moments), generator)


def _blended(
    run: Callable[[Tensor], Tensor], x: Tensor, tiling: Tiling, factors: tuple[int, int], on_tile: OnTile
) -> Tensor:
    """Runs tiles of x and adds them up, weighted; x is `factors[0]` times and the result `factors[1]` times as fine."""
    read, write = factors
    height, width = (side // read for side in x.shape[-2:])
    places = list(itertools.product(tiling.starts(height), tiling.starts(width)))
    total = x.new_zeros((height * write, width * write), dtype=torch.float32)
    sums: Tensor | None = None
    for done, (top, left) in enumerate(places, 1):
        out = run(_window(x, top, left, tiling.tile, read)).to(total)
        if sums is None:
            sums = out.new_zeros((*out.shape[:2], *total.shape))
        weight = _weight(out, tiling.overlap * write)
        _window(sums, top, left, tiling.tile, write).add_(out * weight)
        _window(total, top, left, tiling.tile, write).add_(weight)
        on_tile(done, len(places))
    assert sums is not None
    return sums / total


def _window(x: Tensor, top: int, left: int, tile: int, factor: int) -> Tensor:
    """The tile at a latent position, as a view of something `factor` times as fine."""
    return x[..., top * factor : (top + tile) * factor, left * factor : (left + tile) * factor]


def _weight(tile: Tensor, overlap: int) -> Tensor:
    """Weights [h, w] that rise from the borders to 1 over the overlap.

    They rise at the picture's borders, too, where a tile has no neighbour: dividing by the sum makes up for that.
    """
    sides = []
    for size in tile.shape[-2:]:
        distance = torch.arange(size, device=tile.device, dtype=torch.float32) + 0.5
        sides.append((torch.minimum(distance, size - distance) / max(overlap, 0.5)).clamp(max=1))
    return sides[0][:, None] * sides[1]
