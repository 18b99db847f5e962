"""Nodes that make plain pictures and drawn masks from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import numpy as np

from nodeflow import Field, Image, Mask, node
from nodeflow_image.colours import Colour, colour_values
from nodeflow_image.fields import BatchSize, Place, Side, Unit
from nodeflow_image.shapes import MAX_SIDE, Pixels, check_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUBPIXELS = 4
"""Edges are smoothed by asking at 4x4 points of each pixel whether they lie inside."""

ShapeWidth = Annotated[int, Field(ge=1, le=MAX_SIDE, description="width of the shape, pixels")]
ShapeHeight = Annotated[int, Field(ge=1, le=MAX_SIDE, description="height of the shape, pixels")]

Inside: TypeAlias = "Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]"


@node(category="image")
def empty_image(width: Side = 512, height: Side = 512, batch: BatchSize = 1, color: Colour = "#000000") -> Image:
    """A plain opaque picture of one colour, width x height pixels."""
    check_size(width, height, batch)
    return Image(np.tile(colour_values(color), (batch, height, width, 1)))


@node(category="mask")
def solid_mask(width: Side = 512, height: Side = 512, batch: BatchSize = 1, value: Unit = 1.0) -> Mask:
    """A mask with one value, 0..1, everywhere, width x height pixels."""
    check_size(width, height, batch)
    return Mask(np.full((batch, height, width), value, dtype=np.float32))


@node(category="mask")
def rectangle_mask(
    *,
    width: Side = 512,
    height: Side = 512,
    x: Place = 128,
    y: Place = 128,
    across: ShapeWidth = 256,
    down: ShapeHeight = 256,
) -> Mask:
    """A mask of width x height pixels that selects a rectangle, `across` x `down` pixels.

    (x, y) is its left top corner. What lies outside the mask is cut off.
    """
    check_size(width, height)
    values = np.zeros((1, height, width), dtype=np.float32)
    values[:, max(0, y) : max(0, y + down), max(0, x) : max(0, x + across)] = 1
    return Mask(values)


@node(category="mask")
def ellipse_mask(
    *,
    width: Side = 512,
    height: Side = 512,
    x: Place = 128,
    y: Place = 128,
    across: ShapeWidth = 256,
    down: ShapeHeight = 256,
) -> Mask:
    """A mask of width x height pixels that selects an ellipse, `across` x `down` pixels.

    (x, y) is the left top corner of the rectangle that it fills. What lies outside the mask is cut off.
    Its edge is smooth: a pixel's value is how much of it lies inside, in sixteenths.
    """
    check_size(width, height)

    def inside(columns: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        across_centre = (columns - x - across / 2) / (across / 2)
        down_centre = (rows - y - down / 2) / (down / 2)
        return np.asarray(across_centre[None, :] ** 2 + down_centre[:, None] ** 2 <= 1)

    return Mask(_coverage(width, height, inside)[None])


def _coverage(width: int, height: int, inside: Inside) -> Pixels:
    """How much of each pixel [height, width] lies inside, from the points at the middles of its subpixels."""
    total = np.zeros((height, width), dtype=np.float32)
    middles = (np.arange(SUBPIXELS) + 0.5) / SUBPIXELS
    for right in middles:
        for down in middles:
            total += inside(np.arange(width) + right, np.arange(height) + down)
    return total / np.float32(SUBPIXELS * SUBPIXELS)
