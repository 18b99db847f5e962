"""Nodes that lay one picture over another."""

from collections.abc import Callable
from typing import Annotated, cast

import numpy as np

from nodeflow import Choices, Context, Field, Image, Mask, Node, node
from nodeflow_image.blending import lay_over
from nodeflow_image.fields import Place
from nodeflow_image.shapes import Pixels, check_same_size, colour_of, match_batches

CATEGORY = "image/layer"


class BlendImages(Node):
    """Lay `top` over `base` by a blend mode, as strongly as `factor` and the mask say.

    Both have one size. Batches are equal, or one of them is 1 and is repeated. The result has the channels of `base`:
    without alpha it stays opaque, with alpha opacities add up. The alpha of `top` always counts.
    """

    category = CATEGORY

    base: Annotated[Image, Field(description="below")]
    top: Annotated[Image, Field(description="above, of the same size")]
    mode: Annotated[str, Choices("blend_modes")] = "normal"
    factor: Annotated[float, Field(ge=0, le=1, description="0 shows the base alone")] = 1.0
    mask: Annotated[Mask | None, Field(description="where to blend, of the same size; everywhere without one")] = None

    def run(self, ctx: Context) -> Image:
        check_same_size(self.base.pixels, self.top.pixels, "base and top")
        base, top = match_batches(self.base.pixels, self.top.pixels, "base and top")
        strength = np.full((1, *base.shape[1:3]), self.factor, dtype=np.float32)
        if self.mask is not None:
            check_same_size(base, self.mask.values, "base and mask")
            strength = self.mask.values * np.float32(self.factor)
        mode = cast(Callable[[Pixels, Pixels], Pixels], ctx.choice("blend_modes", self.mode))
        return Image(_laid(base, top, mode(colour_of(base), colour_of(top)), strength))


def _laid(base: Pixels, top: Pixels, blended: Pixels, strength: Pixels) -> Pixels:
    """`lay_over`, after matching the batch of `strength` with that of both pictures."""
    both, strength = match_batches(np.concatenate([base, top, blended], axis=3), strength, "images and mask")
    below, above, mixed = np.split(both, np.cumsum([base.shape[3], top.shape[3]]), axis=3)
    return lay_over(below, above, mixed, strength)


@node(category=CATEGORY)
def composite_image(base: Image, top: Image, x: Place = 0, y: Place = 0, mask: Mask | None = None) -> Image:
    """Put `top`, of any size, onto `base` with its left top corner at (x, y) pixels.

    What sticks out of the base is cut off. The mask has the size of `top` and says where it covers, besides its alpha.
    The result has the size and the channels of `base`. Batches are equal, or one of them is 1 and is repeated.
    """
    if mask is not None:
        check_same_size(top.pixels, mask.values, "top and mask")
    below, above = match_batches(base.pixels, top.pixels, "base and top")
    strength = np.ones((1, *above.shape[1:3]), dtype=np.float32) if mask is None else mask.values
    (left, from_left, width), (upper, from_top, height) = (
        _overlap(place, above.shape[axis], below.shape[axis]) for place, axis in ((x, 2), (y, 1))
    )
    if width <= 0 or height <= 0:
        return Image(np.ascontiguousarray(below))
    inner = np.s_[:, from_top : from_top + height, from_left : from_left + width]
    under = below[:, upper : upper + height, left : left + width]
    part = _laid(under, above[inner], colour_of(above[inner]), strength[inner])
    result = np.repeat(below, len(part), axis=0) if len(below) < len(part) else below.copy()
    result[:, upper : upper + height, left : left + width] = part
    return Image(result)


def _overlap(place: int, length: int, room: int) -> tuple[int, int, int]:
    """Of a stretch put at `place` in a room: where it starts there, where in itself, and how long it is in sight."""
    start = max(0, place)
    return start, start - place, min(room, place + length) - start
