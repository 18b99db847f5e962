"""Nodes between pictures and masks; a mask from alpha is everywhere 1 where the picture is transparent."""

from typing import Annotated, Literal, NamedTuple

import numpy as np

from nodeflow import Field, Image, Mask, node
from nodeflow_image.colours import Colour, colour_values, luminance
from nodeflow_image.shapes import Pixels, alpha_of, check_same_size, colour_of, join, match_batches

CATEGORY = "mask"

Channel = Literal["alpha", "red", "green", "blue", "luminance"]


def channel_mask(colour: Pixels, alpha: Pixels, channel: Channel) -> Pixels:
    """The mask [batch, height, width] that a channel of colours and opacities makes; `alpha` is 1 - opacity."""
    if channel == "alpha":
        return 1 - alpha
    if channel == "luminance":
        return luminance(colour)
    return np.ascontiguousarray(colour[..., ("red", "green", "blue").index(channel)])


@node(category=CATEGORY)
def image_to_mask(image: Image, channel: Channel = "red") -> Mask:
    """A channel of a picture as a mask, 0..1.

    `alpha` gives 1 where the picture is transparent, and 0 everywhere for a picture without alpha.
    `luminance` weighs red, green and blue as they look (BT.709).
    """
    return Mask(channel_mask(colour_of(image.pixels), alpha_of(image.pixels), channel))


@node(category=CATEGORY)
def mask_to_image(mask: Mask) -> Image:
    """A mask as a gray picture: 1 is white."""
    return Image(np.repeat(mask.values[..., None], 3, axis=3))


@node(category=CATEGORY)
def mask_from_color(
    image: Image,
    color: Colour = "#00ff00",
    tolerance: Annotated[float, Field(ge=0, le=1, description="the largest difference in a channel, 0..1")] = 0.1,
) -> Mask:
    """Select the pixels of a colour: 1 where no channel is further than `tolerance` from it, else 0.

    Alpha is not looked at.
    """
    distance = np.abs(colour_of(image.pixels) - colour_values(color)).max(axis=3)
    return Mask((distance <= np.float32(tolerance) + np.float32(1e-6)).astype(np.float32))


@node(category="image/alpha")
def join_alpha(
    image: Image, mask: Annotated[Mask, Field(description="1 becomes transparent, of the same size")]
) -> Image:
    """Make a picture transparent where the mask is 1. An alpha that it already has is replaced.

    Batches are equal, or one of them is 1 and is repeated.
    """
    check_same_size(image.pixels, mask.values, "image and mask")
    pixels, values = match_batches(image.pixels, mask.values, "image and mask")
    return Image(join(colour_of(pixels), 1 - values))


class Split(NamedTuple):
    """What SplitAlpha gives."""

    image: Annotated[Image, Field(description="the colours alone, RGB")]
    mask: Annotated[Mask, Field(description="1 where the picture is transparent")]


@node(category="image/alpha")
def split_alpha(image: Image) -> Split:
    """The colours of a picture, and a mask that is 1 where it is transparent; all 0 for a picture without alpha."""
    return Split(Image(np.ascontiguousarray(colour_of(image.pixels))), Mask(1 - alpha_of(image.pixels)))
