"""Nodes that select parts of a picture, and tidy a selection up."""

from typing import Annotated, Literal

import numpy as np

from nodeflow import Context, Field, Image, Mask, node
from nodeflow_filters.pixels import Array, each, luminance

CATEGORY = "mask"
Area = Annotated[int, Field(ge=0, le=2**24, description="pixels; 0 leaves all of them")]


@node(category=CATEGORY)
def auto_threshold(
    ctx: Context,
    image: Image,
    method: Annotated[
        Literal["otsu", "li", "triangle", "yen"], Field(description="how bright and dark are told apart")
    ] = "otsu",
) -> Mask:
    """Select what is bright, above a threshold that each picture has by itself; nothing of a picture of one tone.

    `otsu` suits two groups of tones, `triangle` few bright ones on a ground, `li` and `yen` what those miss.
    """
    from skimage import filters

    find = {
        "otsu": filters.threshold_otsu,
        "li": filters.threshold_li,
        "triangle": filters.threshold_triangle,
        "yen": filters.threshold_yen,
    }[method]

    def bright(gray: Array) -> Array:
        if gray.min() == gray.max():
            return np.zeros_like(gray)
        return np.asarray(gray > find(gray.astype(np.float64)))

    return Mask(each(ctx, luminance(image.pixels), bright))


@node(category=CATEGORY)
def clean_mask(
    ctx: Context,
    mask: Mask,
    specks: Annotated[Area, Field(description="islands of fewer pixels are taken away")] = 16,
    holes: Annotated[Area, Field(description="holes of fewer pixels are filled")] = 16,
) -> Mask:
    """Take small islands away, then fill small holes. What is selected by half or more counts, and is then 1.

    Pixels that touch by a corner alone are not of one island.
    """
    from scipy.ndimage import label

    def without_small(selected: Array, least: int) -> Array:
        numbers, _ = label(selected)
        sizes = np.bincount(numbers.ravel())
        sizes[0] = 0
        return np.asarray(selected & (sizes >= least)[numbers])

    def cleaned(values: Array) -> Array:
        islands = without_small(values >= 0.5, specks)
        return ~without_small(~islands, holes)

    return Mask(each(ctx, mask.values, cleaned))
