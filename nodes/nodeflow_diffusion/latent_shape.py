"""Nodes that change the size of a latent, or turn it around."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from nodeflow import Field, node
from nodeflow_diffusion.grid import positions
from nodeflow_diffusion.latents import Side
from nodeflow_diffusion.types import Latent

if TYPE_CHECKING:
    from torch import Tensor

CATEGORY = "latent"

Method = Literal["nearest", "bilinear", "bicubic", "area"]
Offset = Annotated[int, Field(ge=0, le=16384, description="pixels")]
Scale = Annotated[float, Field(ge=0.01, le=8)]
Turns = Annotated[int, Field(ge=-3, le=3, description="quarter turns clockwise; below 0 the other way")]


@node(category=CATEGORY)
def upscale_latent(latent: Latent, width: Side = 1024, height: Side = 1024, method: Method = "nearest") -> Latent:
    """Stretch a latent to another size; sample it again to make it sharp.

    Width and height must be multiples of the pixels a position stands for. A noise mask is stretched along.
    """
    factor = latent.factor
    return resized(latent, positions(height, factor, "height"), positions(width, factor, "width"), method)


@node(category=CATEGORY)
def upscale_latent_by(latent: Latent, scale: Scale = 1.5, method: Method = "nearest") -> Latent:
    """Stretch a latent by a factor; the size is rounded to whole positions. A noise mask is stretched along."""
    height, width = (max(1, round(side * scale)) for side in latent.samples.shape[-2:])
    return resized(latent, height, width, method)


@node(category=CATEGORY)
def crop_latent(latent: Latent, x: Offset = 0, y: Offset = 0, width: Side = 512, height: Side = 512) -> Latent:
    """Cut a rectangle out of a latent. All four numbers must be multiples of the pixels a position stands for."""
    if x + width > latent.width or y + height > latent.height:
        raise ValueError(f"a cut of {width} x {height} pixels at ({x}, {y}) does not lie within a {latent}")
    top, left = positions(y, latent.factor, "y"), positions(x, latent.factor, "x")
    bottom, right = (
        top + positions(height, latent.factor, "height"),
        left + positions(width, latent.factor, "width"),
    )
    return changed(latent, lambda t: t[..., top:bottom, left:right].clone())


@node(category=CATEGORY)
def flip_latent(latent: Latent, direction: Literal["horizontal", "vertical"] = "horizontal") -> Latent:
    """Mirror a latent. The picture is mirrored nearly: a VAE is not quite symmetric."""
    side = -1 if direction == "horizontal" else -2
    return changed(latent, lambda t: t.flip(side))


@node(category=CATEGORY)
def rotate_latent(latent: Latent, turns: Turns = 1) -> Latent:
    """Rotate a latent by quarter turns. The picture is turned nearly: a VAE is not quite symmetric."""
    return changed(latent, lambda t: t.rot90(-turns, (-2, -1)).contiguous())


def changed(latent: Latent, change: "Callable[[Tensor], Tensor]") -> Latent:
    """The latent with its samples and its noise mask changed in one way."""
    mask = latent.noise_mask
    return replace(latent, samples=change(latent.samples), noise_mask=None if mask is None else change(mask))


def resized(latent: Latent, height: int, width: int, method: Method) -> Latent:
    """The latent at a size in positions. Bilinear and bicubic average where they shrink; the noise mask is bilinear."""
    from torch.nn import functional

    from nodeflow_diffusion.tensors import resized_mask

    mode = "nearest-exact" if method == "nearest" else method
    antialias = method in ("bilinear", "bicubic")
    samples = functional.interpolate(latent.samples, (height, width), mode=mode, antialias=antialias)
    mask = None if latent.noise_mask is None else resized_mask(latent.noise_mask, height, width)
    return replace(latent, samples=samples, noise_mask=mask)
