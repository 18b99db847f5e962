"""Nodes that put pictures into a batch and take them out."""

from typing import Annotated

import numpy as np

from nodeflow import Field, Image, node
from nodeflow_image.shapes import Pixels, alpha_of, check_same_size, colour_of, has_alpha, join

CATEGORY = "image/batch"


@node(category=CATEGORY)
def image_batch(first: Image, second: Image) -> Image:
    """One batch with the pictures of both, of one size, `first` in front.

    Where only one of them has alpha, the other becomes opaque RGBA.
    """
    a, b = first.pixels, second.pixels
    check_same_size(a, b, "first and second")
    if has_alpha(a) != has_alpha(b):
        a, b = _opaque(a), _opaque(b)
    return Image(np.concatenate([a, b]))


def _opaque(pixels: Pixels) -> Pixels:
    return join(colour_of(pixels), alpha_of(pixels))


@node(category=CATEGORY)
def get_from_batch(
    image: Image,
    index: Annotated[int, Field(ge=0, le=4095, description="0 is the first")] = 0,
    length: Annotated[int, Field(ge=1, le=4096, description="how many from there")] = 1,
) -> Image:
    """Take `length` pictures out of a batch, from `index` on. They must be there."""
    batch = len(image.pixels)
    if index + length > batch:
        raise ValueError(f"pictures {index}..{index + length - 1} of a batch of {batch}; the last is {batch - 1}")
    return Image(image.pixels[index : index + length].copy())
