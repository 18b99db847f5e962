"""Nodes that grow and shrink what is bright, in pictures and masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import numpy as np

from nodeflow import Context, Field, Image, Mask, node
from nodeflow_filters.brushes import Brush, footprint
from nodeflow_filters.pixels import Array, each, recoloured

if TYPE_CHECKING:
    from numpy.typing import NDArray

Operation = Annotated[
    Literal["dilate", "erode", "open", "close", "gradient", "top_hat", "black_hat"],
    Field(description="top_hat is what open takes away, black_hat what close adds, gradient dilate less erode"),
]
Radius = Annotated[int, Field(ge=0, le=64, description="pixels; 0 dilates and erodes nothing")]


class Step(Protocol):
    """Dilation or erosion of a plane by a footprint."""

    def __call__(self, plane: Array, footprint: NDArray[np.bool_], *, mode: str) -> Array: ...


@node(category="image/filter")
def morph_image(
    ctx: Context, image: Image, operation: Operation = "dilate", radius: Radius = 1, brush: Brush = "round"
) -> Image:
    """Grow what is bright (dilate) or dark (erode), or both in turn, in red, green and blue each. Alpha stays.

    `open` takes bright specks away, `close` dark ones. What lies outside the picture does not count.
    """
    plane = _chosen(operation, radius, brush)

    def morphed(picture: Array) -> Array:
        return recoloured(picture, np.stack([plane(picture[..., channel]) for channel in range(3)], axis=-1))

    return Image(each(ctx, image.pixels, morphed))


@node(category="mask")
def morph_mask(
    ctx: Context, mask: Mask, operation: Operation = "open", radius: Radius = 1, brush: Brush = "round"
) -> Mask:
    """Grow a selection (dilate), shrink it (erode), take specks away (open), fill gaps (close), or take its outline
    (gradient). What lies outside the picture does not count."""
    return Mask(each(ctx, mask.values, _chosen(operation, radius, brush)))


def _chosen(operation: str, radius: int, brush: Brush) -> Callable[[Array], Array]:
    """What the operation makes of a plane [height, width]."""
    from skimage.morphology import dilation, erosion

    around = footprint(radius, brush)

    def by(step: Step) -> Callable[[Array], Array]:
        return lambda plane: np.asarray(step(plane, around, mode="ignore"))

    dilate, erode = by(dilation), by(erosion)
    operations: dict[str, Callable[[Array], Array]] = {
        "dilate": dilate,
        "erode": erode,
        "open": lambda plane: dilate(erode(plane)),
        "close": lambda plane: erode(dilate(plane)),
        "gradient": lambda plane: dilate(plane) - erode(plane),
        "top_hat": lambda plane: plane - dilate(erode(plane)),
        "black_hat": lambda plane: erode(dilate(plane)) - plane,
    }
    return operations[operation]
