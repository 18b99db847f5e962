"""A node that adds the grain of film."""

from typing import Annotated

import numpy as np

from nodeflow import Field, Image, Seed, node
from nodeflow_filters.pixels import recoloured


@node(category="image/filter")
def add_grain(
    image: Image,
    amount: Annotated[float, Field(ge=0, le=1, description="the standard deviation; 0 adds none")] = 0.05,
    colored: Annotated[bool, Field(description="other grain in red, green and blue")] = False,
    seed: Annotated[int, Field(ge=0, lt=2**64, description="the same seed makes the same grain"), Seed()] = 0,
) -> Image:
    """Add grain: a Gaussian noise, other at each pixel and in each picture of a batch, cut to 0..1. Alpha stays."""
    colours = image.pixels[..., :3]
    shape = colours.shape if colored else (*colours.shape[:3], 1)
    noise = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return Image(recoloured(image.pixels, colours + noise * np.float32(amount)))
