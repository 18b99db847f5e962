"""Nodes that blur, beside the Gaussian that comes with nodeflow, and nodes that smooth and keep edges."""

from typing import Annotated

import numpy as np

from nodeflow import Context, Field, Image, node
from nodeflow_filters.brushes import Brush, footprint
from nodeflow_filters.pixels import Array, Pixels, each, recoloured, weighted

CATEGORY = "image/filter"


@node(category=CATEGORY)
def box_blur(
    ctx: Context,
    image: Image,
    radius: Annotated[int, Field(ge=0, le=256, description="pixels to each side; 0 changes nothing")] = 2,
) -> Image:
    """The mean of the square around each pixel.

    Beyond the edge the edge pixel goes on. Alpha is blurred too, and transparent colours do not bleed.
    """
    from scipy.ndimage import uniform_filter

    def mean(array: Array) -> Array:
        return np.asarray(uniform_filter(array.astype(np.float64), 2 * radius + 1, mode="nearest", axes=(0, 1)))

    return Image(each(ctx, image.pixels, lambda picture: weighted(picture, mean)))


@node(category=CATEGORY)
def motion_blur(
    ctx: Context,
    image: Image,
    length: Annotated[
        int, Field(ge=1, le=257, description="pixels that a point is drawn out to; 1 changes nothing")
    ] = 9,
    angle: Annotated[float, Field(ge=-360, le=360, description="degrees; 0 is level, 90 upright")] = 0.0,
) -> Image:
    """Blur along a line, as a moving camera does; an even length counts as the odd one below.

    Beyond the edge the edge pixel goes on. Alpha is blurred too, and transparent colours do not bleed.
    """
    from scipy.ndimage import correlate

    path = _path(length, angle)[..., None]

    def drawn_out(array: Array) -> Array:
        return np.asarray(correlate(array.astype(np.float64), path, mode="nearest"))

    return Image(each(ctx, image.pixels, lambda picture: weighted(picture, drawn_out)))


def _path(length: int, angle: float) -> Array:
    """The weights of a line through the middle of a square, of sum 1: as many points as it is long, each weighted
    onto the pixels beside it."""
    reach = (length - 1) // 2
    weights = np.zeros((2 * reach + 1, 2 * reach + 1))
    for along in range(-reach, reach + 1):
        # Cosine and sine of right angles are off by a rounding, and would take part of a neighbour.
        across = round(along * np.cos(np.radians(angle)), 9)
        up = round(-along * np.sin(np.radians(angle)), 9)
        for row, by_row in _shares(up):
            for column, by_column in _shares(across):
                weights[row + reach, column + reach] += by_row * by_column
    return np.asarray(weights / weights.sum())


def _shares(place: float) -> tuple[tuple[int, float], ...]:
    """The whole numbers beside a place, each with its share; one alone for a whole number."""
    below = int(np.floor(place))
    part = place - below
    return ((below, 1 - part), (below + 1, part)) if part else ((below, 1.0),)


@node(category=CATEGORY)
def median_filter(
    ctx: Context,
    image: Image,
    radius: Annotated[int, Field(ge=0, le=32, description="pixels; 0 changes nothing")] = 2,
    brush: Brush = "round",
) -> Image:
    """The median around each pixel, colour by colour: specks vanish, edges stay. Alpha stays.

    Beyond the edge the edge pixel goes on.
    """
    from scipy.ndimage import median_filter as median

    around = footprint(radius, brush)[..., None]
    return Image(
        each(
            ctx,
            image.pixels,
            lambda picture: recoloured(picture, median(picture[..., :3], footprint=around, mode="nearest")),
        )
    )


@node(category=CATEGORY)
def bilateral_filter(
    ctx: Context,
    image: Image,
    radius: Annotated[float, Field(gt=0, le=16, description="pixels: the standard deviation in space")] = 2.0,
    tolerance: Annotated[
        float, Field(gt=0, le=2, description="the standard deviation in colour; an edge is more")
    ] = 0.1,
) -> Image:
    """Smooth what is alike and near: surfaces become plain, edges stay. Alpha stays.

    Each pixel is the mean of those around it, weighed by a Gaussian of the distance and one of the difference in colour
    (Tomasi and Manduchi, 1998), as far as two standard deviations. Beyond the edge the edge pixel goes on.
    """
    return Image(each(ctx, image.pixels, lambda picture: recoloured(picture, _alike(ctx, picture, radius, tolerance))))


def _alike(ctx: Context, picture: Pixels, radius: float, tolerance: float) -> Array:
    """The weighed means of a picture's colours: one pass over all of it for each place around a pixel."""
    reach = int(np.ceil(2 * radius))
    height, width = picture.shape[:2]
    colours = picture[..., :3]
    padded = np.pad(colours, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    total, weights = np.zeros_like(colours), np.zeros((height, width, 1), np.float32)
    for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
        ctx.check()
        neighbours = padded[down : down + height, right : right + width]
        apart = np.square(neighbours - colours).sum(axis=-1, keepdims=True) / tolerance**2
        far = ((down - reach) ** 2 + (right - reach) ** 2) / radius**2
        weight = np.exp(-0.5 * (apart + np.float32(far)))
        total += neighbours * weight
        weights += weight
    return total / weights
