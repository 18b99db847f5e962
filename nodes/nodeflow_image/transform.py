"""Nodes that change the size, the frame or the direction of a picture."""

from typing import Annotated, Literal, NamedTuple

import numpy as np

from nodeflow import Field, Image, Mask, node
from nodeflow_image import resampling
from nodeflow_image.colours import Colour, colour_values
from nodeflow_image.fields import Margin, Offset, Side
from nodeflow_image.resampling import Crop, Method
from nodeflow_image.shapes import MAX_SIDE, Pixels, check_size, size_text

CATEGORY = "image/transform"

NewSide = Annotated[int, Field(ge=0, le=MAX_SIDE, description="pixels; 0 keeps the shape, from the other side")]


@node(category=CATEGORY)
def resize_image(
    image: Image, width: NewSide = 512, height: NewSide = 512, method: Method = "lanczos", crop: Crop = "none"
) -> Image:
    """Resize to a width and height in pixels.

    Where one side is 0, it follows from the other so that the shape stays. `method`: nearest keeps hard pixels, area
    averages; bilinear, bicubic and lanczos smooth; all but nearest take every pixel into account when shrinking.
    `crop`: none stretches to the new shape, center first cuts the largest middle part that has it. The same size
    changes nothing.
    """
    wide, high = _both_sides(image.pixels, width, height)
    check_size(wide, high, len(image.pixels))
    return Image(resampling.resize(image.pixels, wide, high, method, crop))


def _both_sides(pixels: Pixels, width: int, height: int) -> tuple[int, int]:
    old_height, old_width = pixels.shape[1:3]
    if not width and not height:
        raise ValueError("width 0 and height 0 leave no size; give at least one of them in pixels")
    wide = width or max(1, round(old_width * height / old_height))
    high = height or max(1, round(old_height * width / old_width))
    return wide, high


@node(category=CATEGORY)
def scale_image(
    image: Image,
    factor: Annotated[float, Field(ge=0.01, le=16, description="2 doubles both sides")] = 2.0,
    method: Method = "lanczos",
) -> Image:
    """Resize both sides by a factor, rounded to whole pixels, at least 1. A factor of 1 changes nothing."""
    height, width = (max(1, round(side * factor)) for side in image.pixels.shape[1:3])
    check_size(width, height, len(image.pixels))
    return Image(resampling.resize(image.pixels, width, height, method))


@node(category=CATEGORY)
def crop_image(image: Image, x: Offset = 0, y: Offset = 0, width: Side = 512, height: Side = 512) -> Image:
    """Cut out width x height pixels whose left top corner is at (x, y). They must lie within the picture."""
    part = image.pixels[:, y : y + height, x : x + width]
    if part.shape[1:3] != (height, width):
        size = size_text(image.pixels)
        raise ValueError(f"a rectangle of {width}x{height} at ({x}, {y}) does not lie within the picture of {size}")
    return Image(np.ascontiguousarray(part))


class Padded(NamedTuple):
    """What PadImage gives."""

    image: Image
    mask: Annotated[Mask, Field(description="1 where the picture is new, fading to 0 inside the old one")]


@node(category=CATEGORY)
def pad_image(
    image: Image,
    *,
    left: Margin = 0,
    top: Margin = 0,
    right: Margin = 0,
    bottom: Margin = 0,
    feather: Annotated[int, Field(ge=0, le=MAX_SIDE, description="pixels over which the mask fades")] = 40,
    color: Colour = "#808080",
) -> Padded:
    """Add plain margins, in pixels, and select them for outpainting.

    The mask is 1 in the margins and fades evenly to 0 over `feather` pixels of the old picture, from the sides that
    have a margin. A picture with alpha gets opaque margins.
    """
    pixels = image.pixels
    batch, height, width, channels = pixels.shape
    check_size(width + left + right, height + top + bottom, batch)
    padded = np.ones((batch, height + top + bottom, width + left + right, channels), dtype=np.float32)
    padded[..., :3] = colour_values(color)
    padded[:, top : top + height, left : left + width] = pixels
    across = _fade(width, left, right, feather)
    down = _fade(height, top, bottom, feather)
    mask = np.maximum(down[:, None], across[None, :])
    return Padded(Image(padded), Mask(np.repeat(mask[None], batch, axis=0)))


def _fade(length: int, before: int, after: int, feather: int) -> Pixels:
    """1 in the margins before and after, falling to 0 within `feather` places of the `length` between them."""
    places = np.arange(-before, length + after)
    far = np.iinfo(np.int64).max // 2
    from_start = places if before else np.full_like(places, far)
    from_end = length - 1 - places if after else np.full_like(places, far)
    distance = np.minimum(from_start, from_end)
    return np.clip(1 - (distance + 1) / (feather + 1), 0, 1).astype(np.float32)


@node(category=CATEGORY)
def flip_image(image: Image, direction: Literal["horizontal", "vertical"] = "horizontal") -> Image:
    """Mirror a picture: horizontal swaps left and right, vertical swaps top and bottom."""
    axis = 2 if direction == "horizontal" else 1
    return Image(np.ascontiguousarray(np.flip(image.pixels, axis)))


@node(category=CATEGORY)
def rotate_image(
    image: Image,
    turns: Annotated[int, Field(ge=-3, le=3, description="quarter turns clockwise; below 0 the other way")] = 1,
) -> Image:
    """Rotate by quarter turns, without loss."""
    return Image(np.ascontiguousarray(np.rot90(image.pixels, -turns, axes=(1, 2))))


class Size(NamedTuple):
    """What ImageSize gives."""

    width: Annotated[int, Field(description="pixels")]
    height: Annotated[int, Field(description="pixels")]
    batch: Annotated[int, Field(description="how many pictures")]


@node(category="image")
def image_size(image: Image) -> Size:
    """The width and height of a picture in pixels, and how many there are in the batch."""
    batch, height, width = image.pixels.shape[:3]
    return Size(width, height, batch)
