"""Nodes that change the colours of a picture, or how sharp it is, and leave its size and alpha as they are."""

from typing import Annotated

import numpy as np

from nodeflow import Field, Image, node
from nodeflow_image.colours import luminance
from nodeflow_image.fields import Radius
from nodeflow_image.gaussian import blur
from nodeflow_image.premultiplied import filtered
from nodeflow_image.shapes import colour_of, with_colour

Factor = Annotated[float, Field(ge=0, le=4, description="1 changes nothing")]


@node(category="image/color")
def invert_image(image: Image) -> Image:
    """The negative of a picture: every colour c becomes 1 - c. Alpha stays."""
    return Image(with_colour(image.pixels, 1 - colour_of(image.pixels)))


@node(category="image/color")
def adjust_image(
    image: Image,
    brightness: Factor = 1.0,
    contrast: Factor = 1.0,
    saturation: Factor = 1.0,
    gamma: Annotated[float, Field(ge=0.1, le=10, description="above 1 lightens the middle; 1 changes nothing")] = 1.0,
) -> Image:
    """Change brightness, contrast, saturation and gamma, in this order, on sRGB values; the result is cut to 0..1.

    Brightness multiplies. Contrast 0 is plain middle gray, saturation 0 is gray by luminance (BT.709). Gamma raises
    to the power 1 / gamma. Factors of 1 change nothing. Alpha stays.
    """
    colour = colour_of(image.pixels) * np.float32(brightness)
    colour = np.clip(colour * np.float32(contrast) + np.float32(0.5 - 0.5 * contrast), 0, 1)
    if saturation != 1:
        gray = luminance(colour)[..., None]
        colour = np.clip(gray * np.float32(1 - saturation) + colour * np.float32(saturation), 0, 1)
    if gamma != 1:
        colour = colour ** np.float32(1 / gamma)
    return Image(with_colour(image.pixels, colour))


@node(category="image/filter")
def blur_image(image: Image, radius: Radius = 2.0) -> Image:
    """Blur with a Gaussian. `radius` is its standard deviation in pixels.

    Beyond the edge the edge pixel goes on. Alpha is blurred too, and transparent colours do not bleed.
    """
    if radius == 0:
        return image
    return Image(filtered(image.pixels, lambda pixels: blur(pixels, radius)))


@node(category="image/filter")
def sharpen_image(
    image: Image,
    amount: Annotated[float, Field(ge=0, le=10, description="how strongly; 0 changes nothing")] = 1.0,
    radius: Radius = 1.0,
) -> Image:
    """Sharpen by an unsharp mask: add `amount` times what a blur of `radius` pixels takes away.

    The result is cut to 0..1. Alpha stays.
    """
    colour = colour_of(image.pixels)
    return Image(with_colour(image.pixels, colour + np.float32(amount) * (colour - blur(colour, radius))))
