"""What must agree before two pictures meet: their sizes, their batches and their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.float32]"

MAX_SIDE = 16384
MAX_PIXELS = 2**28


def size_text(pixels: Pixels) -> str:
    """`640x480`: the width and height of an array [batch, height, width, ...]."""
    return f"{pixels.shape[2]}x{pixels.shape[1]}"


def check_size(width: int, height: int, batch: int = 1) -> None:
    """Refuse a picture with no pixels, or with more than fit in memory; raises ValueError."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"a picture of {width}x{height} pixels; both sides must be within 1..{MAX_SIDE}")
    if width * height * batch > MAX_PIXELS:
        raise ValueError(f"{batch} pictures of {width}x{height} pixels are more than {MAX_PIXELS} pixels in all")


def check_same_size(first: Pixels, second: Pixels, what: str) -> None:
    """Refuse two arrays [batch, height, width, ...] that differ in width or height; raises ValueError.

    `what` names the two in the message, as "image and mask".
    """
    if first.shape[1:3] != second.shape[1:3]:
        raise ValueError(
            f"sizes of {what} differ: {size_text(first)} and {size_text(second)}; resize or crop one first"
        )


def match_batches(first: Pixels, second: Pixels, what: str) -> tuple[Pixels, Pixels]:
    """Both arrays with one batch: equal batches stay, a batch of one is repeated (as a view); raises ValueError."""
    a, b = first.shape[0], second.shape[0]
    if a != b and 1 not in (a, b):
        raise ValueError(f"batches of {a} and {b} do not match ({what}); they must be equal, or one of them 1")
    batch = max(a, b)
    return (
        np.broadcast_to(first, (batch, *first.shape[1:])),
        np.broadcast_to(second, (batch, *second.shape[1:])),
    )


def has_alpha(pixels: Pixels) -> bool:
    """Whether pixels [batch, height, width, channels] have a fourth channel."""
    return bool(pixels.shape[3] == 4)


def colour_of(pixels: Pixels) -> Pixels:
    """The three colour channels, [batch, height, width, 3] (a view)."""
    return pixels[..., :3]


def alpha_of(pixels: Pixels) -> Pixels:
    """The opacity [batch, height, width]; a picture without alpha is opaque everywhere."""
    return pixels[..., 3] if has_alpha(pixels) else np.ones(pixels.shape[:3], dtype=np.float32)


def join(colour: Pixels, alpha: Pixels) -> Pixels:
    """Colour [batch, height, width, 3] and opacity [batch, height, width] as RGBA."""
    return np.concatenate([colour, alpha[..., None]], axis=3, dtype=np.float32)


def with_colour(pixels: Pixels, colour: Pixels) -> Pixels:
    """`pixels` with other colours and the alpha they had, if any; colours are cut to 0..1."""
    cut = np.clip(colour, 0.0, 1.0).astype(np.float32, copy=False)
    return join(cut, alpha_of(pixels)) if has_alpha(pixels) else cut
