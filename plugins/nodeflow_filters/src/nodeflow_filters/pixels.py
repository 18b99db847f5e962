"""Pictures as arrays: colours apart from alpha, and one picture of a batch after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nodeflow import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.float32]"
"""float32 [..., height, width, channels], 0..1."""
Array: TypeAlias = "NDArray[Any]"

LUMA = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue look: ITU-R BT.709, applied to the sRGB values as they are."""

VISIBLE = 1e-6
"""The least opacity at which a pixel's colour can be told."""


def each(ctx: Context, pixels: Pixels, change: Callable[[Pixels], Array]) -> Pixels:
    """`change` made to each of a batch [batch, ...]; each is told as progress, and the run can be cancelled between."""
    changed = []
    for done, picture in enumerate(pixels):
        ctx.progress(done, len(pixels))
        changed.append(np.asarray(change(picture), dtype=np.float32))
    ctx.progress(len(pixels), len(pixels))
    return np.stack(changed)


def recoloured(pixels: Pixels, colours: Array) -> Pixels:
    """The pixels [..., 3 or 4] with other colours [..., 3], cut to 0..1; alpha stays."""
    result = pixels.copy()
    result[..., :3] = np.clip(colours, 0, 1)
    return result


def luminance(pixels: Pixels) -> Pixels:
    """The brightness [...] of pixels [..., 3 or 4], 0..1."""
    # Not a matrix product, whose rounding depends on how the array lies in memory.
    weighed = [pixels[..., channel] * np.float32(part) for channel, part in enumerate(LUMA)]
    return np.asarray(np.clip(weighed[0] + weighed[1] + weighed[2], 0, 1), dtype=np.float32)


def weighted(pixels: Pixels, change: Callable[[Array], Array]) -> Array:
    """`change`, a linear filter, made to pixels [height, width, 3 or 4], with colours weighted by their opacity.

    So what is transparent does not bleed. Where the result is wholly transparent its colour is the plain filter's.
    """
    if pixels.shape[-1] == 3:
        return np.clip(change(pixels), 0, 1)
    alpha = pixels[..., 3:]
    changed = change(np.concatenate([pixels[..., :3] * alpha, alpha], axis=-1))
    opacity = changed[..., 3:]
    seen = opacity > VISIBLE
    colours = np.where(seen, changed[..., :3] / np.where(seen, opacity, 1), change(pixels[..., :3]))
    return np.asarray(np.clip(np.concatenate([colours, opacity], axis=-1), 0, 1))
