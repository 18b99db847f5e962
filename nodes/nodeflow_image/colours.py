"""Colours as people write them: `#rrggbb`."""

from typing import Annotated

import numpy as np

from nodeflow import Field
from nodeflow_image.shapes import Pixels

Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", description="a colour, `#rrggbb`")]

LUMA = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue look: ITU-R BT.709, applied to the sRGB values as they are."""


def colour_values(colour: str) -> Pixels:
    """`#ff8000` as three numbers 0..1, shape [3]."""
    return np.frombuffer(bytes.fromhex(colour[1:]), dtype=np.uint8).astype(np.float32) / np.float32(255)


def luminance(colour: Pixels) -> Pixels:
    """The brightness [batch, height, width] of colours [batch, height, width, 3], 0..1."""
    return np.asarray(np.clip(colour @ np.array(LUMA, dtype=np.float32), 0, 1), dtype=np.float32)
