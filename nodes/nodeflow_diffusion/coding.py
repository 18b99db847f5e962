"""Pictures to latents and back by a VAE, one picture of the batch at a time, whole or in tiles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from nodeflow import Image
from nodeflow_diffusion import tensors
from nodeflow_diffusion.grid import positions
from nodeflow_diffusion.lib.tiles import OnTile, Tiling, decode_tiled, encode_tiled
from nodeflow_diffusion.types import Latent

if TYPE_CHECKING:
    from collections.abc import Callable

    from nodeflow import Context, Mask
    from nodeflow_diffusion.lib.vae import VAE


def tiling(vae: VAE, tile: int, overlap: int) -> Tiling:
    """Tiles of a size in pixels. Raises ValueError unless both are whole positions and 0 <= overlap < tile."""
    factor = vae.config.factor
    return Tiling(positions(tile, factor, "tile"), positions(overlap, factor, "overlap"))


def encoded(vae: VAE, image: Image, ctx: Context, tiles: Tiling | None = None) -> Latent:
    """The latents of pictures. Raises ValueError if a side is no multiple of the VAE's factor."""
    return _encoded(vae, tensors.picture(image), ctx, tiles)


def encoded_for_inpaint(vae: VAE, image: Image, mask: Mask, grow: int, ctx: Context) -> Latent:
    """The latents of pictures whose masked part is gray, with the grown mask (any position it touches) as noise mask.

    Growing is by squares of 2 * grow + 1 pixels. Raises ValueError as `encoded`, and for a mask of another batch.
    """
    picture = tensors.picture(image)
    height, width = picture.shape[-2:]
    rounded = tensors.resized_mask(tensors.mask(mask), height, width).round()
    if len(rounded) not in (1, len(picture)):
        raise ValueError(f"{len(rounded)} masks for {len(picture)} pictures: must be one for all, or one for each")
    latent = _encoded(vae, picture * (1 - rounded), ctx, None)
    grown = functional.max_pool2d(rounded, 2 * grow + 1, stride=1, padding=grow)
    return replace(latent, noise_mask=functional.max_pool2d(grown, vae.config.factor))


def decoded(vae: VAE, latent: Latent, ctx: Context, tiles: Tiling | None = None) -> Image:
    """The pictures of latents. Raises ValueError if they are another VAE's."""
    config = vae.config
    if (latent.channels, latent.factor) != (config.latent_channels, config.factor):
        raise ValueError(
            f"a latent of {latent.channels} channels and {latent.factor} pixels a position, where this VAE decodes "
            f"{config.latent_channels} channels and {config.factor} pixels; decode it with the VAE it was made for"
        )
    if tiles is None:
        return tensors.image(_one_by_one(vae, latent.samples, lambda x, _: vae.decode(x), ctx))
    return tensors.image(_one_by_one(vae, latent.samples, lambda x, on: decode_tiled(vae, x, tiles, on), ctx))


def _encoded(vae: VAE, picture: Tensor, ctx: Context, tiles: Tiling | None) -> Latent:
    factor = vae.config.factor
    positions(picture.shape[3], factor, "the picture's width")
    positions(picture.shape[2], factor, "the picture's height")
    if tiles is None:
        samples = _one_by_one(vae, picture, lambda x, _: vae.encode(x), ctx)
    else:
        samples = _one_by_one(vae, picture, lambda x, on: encode_tiled(vae, x, tiles, on_tile=on), ctx)
    return Latent(samples, factor=factor)


@torch.no_grad()
def _one_by_one(vae: VAE, batch: Tensor, code: Callable[[Tensor, OnTile], Tensor], ctx: Context) -> Tensor:
    """Each of the batch by itself, which bounds memory: float32 on the CPU. Progress is in pictures and tiles."""
    device, total = next(vae.parameters()).device, len(batch)
    results = []
    for done in range(total):
        ctx.progress(done, total)

        def on_tile(tile: int, tiles: int, done: int = done) -> None:
            ctx.progress(done + tile / tiles, total)

        results.append(code(batch[done : done + 1].to(device), on_tile).cpu())
    ctx.progress(total, total)
    return torch.cat(results)
