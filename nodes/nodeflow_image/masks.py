"""Nodes that change masks and combine them. A mask is 1 where selected, 0 where not, and anything between."""

from typing import Annotated, Literal

import numpy as np

from nodeflow import Field, Mask, node
from nodeflow_image import resampling
from nodeflow_image.fields import Radius, Side, Unit
from nodeflow_image.gaussian import blur
from nodeflow_image.growth import Brush, grow
from nodeflow_image.resampling import Crop, Method
from nodeflow_image.shapes import check_same_size, check_size, match_batches

CATEGORY = "mask"

Operation = Literal["union", "intersect", "subtract", "exclude"]


@node(category=CATEGORY)
def invert_mask(mask: Mask) -> Mask:
    """Select what was not selected: every value v becomes 1 - v."""
    return Mask(1 - mask.values)


@node(category=CATEGORY)
def grow_mask(
    mask: Mask,
    pixels: Annotated[int, Field(ge=-512, le=512, description="how far to grow; below 0 shrinks")] = 6,
    brush: Brush = "round",
) -> Mask:
    """Grow the selection by a number of pixels, or shrink it when that is below 0.

    `round` grows alike in all directions, `square` keeps corners sharp. The edge of the picture does not eat into it.
    """
    return Mask(grow(mask.values, pixels, brush))


@node(category=CATEGORY)
def feather_mask(mask: Mask, radius: Radius = 4.0) -> Mask:
    """Soften the edge of the selection with a Gaussian blur; `radius` is its standard deviation in pixels."""
    if radius == 0:
        return mask
    return Mask(np.clip(blur(mask.values[..., None], radius)[..., 0], 0, 1))


@node(category=CATEGORY)
def threshold_mask(mask: Mask, threshold: Unit = 0.5) -> Mask:
    """A hard mask: 1 where the value is at least `threshold` (0..1), else 0."""
    return Mask((mask.values >= np.float32(threshold)).astype(np.float32))


@node(category=CATEGORY)
def combine_masks(first: Mask, second: Mask, operation: Operation = "union") -> Mask:
    """Combine two masks of one size.

    union: in either (the larger value). intersect: in both (the smaller). subtract: in the first and not in the second.
    exclude: in one but not in both. Batches are equal, or one of them is 1 and is repeated.
    """
    check_same_size(first.values, second.values, "first and second")
    a, b = match_batches(first.values, second.values, "first and second")
    if operation == "union":
        return Mask(np.maximum(a, b))
    if operation == "intersect":
        return Mask(np.minimum(a, b))
    only_a = np.minimum(a, 1 - b)
    return Mask(only_a if operation == "subtract" else np.maximum(only_a, np.minimum(b, 1 - a)))


@node(category=CATEGORY)
def resize_mask(
    mask: Mask, width: Side = 512, height: Side = 512, method: Method = "bilinear", crop: Crop = "none"
) -> Mask:
    """Resize a mask to a width and height in pixels, as ResizeImage does. The same size changes nothing."""
    check_size(width, height, len(mask.values))
    return Mask(resampling.resize(mask.values[..., None], width, height, method, crop)[..., 0])
