"""Nodes that find edges: as a picture that guides other nodes, and as a mask."""

from typing import Annotated, NamedTuple

import numpy as np

from nodeflow import Context, Field, Image, Mask, node
from nodeflow_filters.pixels import Array, Pixels, each, luminance

CATEGORY = "image/edges"
Threshold = Annotated[
    float, Field(ge=0, le=4, description="the slope of the brightness; a hard edge from black to white has 4")
]


class Edges(NamedTuple):
    """Edges twice: white on black, and as a selection."""

    image: Annotated[Image, Field(description="white edges on black")]
    mask: Annotated[Mask, Field(description="1 where an edge is")]


def _edges(values: Pixels) -> Edges:
    return Edges(Image(np.repeat(values[..., None], 3, axis=3)), Mask(values))


@node(category=CATEGORY)
def canny_edges(
    ctx: Context,
    image: Image,
    blur: Annotated[float, Field(ge=0, le=32, description="pixels; more leaves out detail")] = 1.0,
    low: Threshold = 0.1,
    high: Threshold = 0.2,
) -> Edges:
    """Lines of one pixel along the edges of a picture: what a ControlNet for edges takes.

    An edge begins where its slope is at least `high`, and goes on while it is at least `low` (Canny, 1986). Alpha does
    not count. Lines of the picture's own border are not drawn.
    """
    from skimage.feature import canny

    if low > high:
        raise ValueError(f"low, {low}, must not be above high, {high}: an edge begins at high and goes on down to low")

    def lines(gray: Array) -> Array:
        return np.asarray(
            canny(gray.astype(np.float64), sigma=blur, low_threshold=low, high_threshold=high, mode="nearest")
        )

    return _edges(each(ctx, luminance(image.pixels), lines))


@node(category=CATEGORY)
def sobel_edges(ctx: Context, image: Image) -> Edges:
    """How steep the brightness is at each pixel, by Sobel's two filters: 1 is the steepest there can be. Alpha does not
    count."""
    from skimage.filters import sobel

    return _edges(each(ctx, luminance(image.pixels), lambda gray: np.clip(sobel(gray, mode="nearest"), 0, 1)))
