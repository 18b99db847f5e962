"""Arrays to PNG files: 8 bits a channel, and the same bytes for the same pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from nodeflow_image.shapes import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPRESSION = 6


def to_bytes(pixels: Pixels) -> NDArray[np.uint8]:
    """Values 0..1 as 0..255, cut to that range, rounded to the nearest with halves up; raises ValueError for NaN.

    A value that was read from 8 bits comes back as it was.
    """
    if not np.isfinite(pixels).all():
        raise ValueError("the picture has values that are not finite (NaN or infinity); a node before it went wrong")
    return np.asarray(np.floor(np.clip(pixels, 0, 1) * np.float32(255) + np.float32(0.5)), dtype=np.uint8)


def encode_png(picture: PillowImage.Image, info: PngInfo | None = None) -> bytes:
    """A PNG file with the text chunks of `info` and no other metadata: no time, no software name."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=COMPRESSION, pnginfo=info)
    return buffer.getvalue()
