"""Nodes that spread the tones of a picture; its size and alpha stay."""

from typing import Annotated, Literal

import numpy as np

from nodeflow import Context, Field, Image, node
from nodeflow_filters.pixels import Array, each, recoloured

CATEGORY = "image/color"
Tone = Annotated[float, Field(ge=0, le=1)]


@node(category=CATEGORY)
def levels(
    image: Image,
    black: Annotated[float, Field(ge=0, le=1, description="what becomes the darkest")] = 0.0,
    white: Annotated[float, Field(ge=0, le=1, description="what becomes the brightest; above black")] = 1.0,
    gamma: Annotated[float, Field(ge=0.1, le=10, description="above 1 lightens the middle; 1 changes nothing")] = 1.0,
    darkest: Annotated[float, Field(ge=0, le=1, description="of the result")] = 0.0,
    brightest: Annotated[float, Field(ge=0, le=1, description="of the result; below darkest it is a negative")] = 1.0,
) -> Image:
    """Spread the tones between `black` and `white` over `darkest` to `brightest`; what lies outside is cut off.

    In between, gamma raises to the power 1 / gamma, as in AdjustImage.
    """
    if white <= black:
        raise ValueError(f"white, {white}, must be above black, {black}; exchange them for a negative of the result")
    # The two may be closer together than a float32 can say: then all above black is white.
    width = max(np.float32(white - black), np.finfo(np.float32).tiny)
    spread = np.clip((image.pixels[..., :3] - np.float32(black)) / width, 0, 1)
    curved = spread ** np.float32(1 / gamma)
    return Image(recoloured(image.pixels, darkest + curved * np.float32(brightest - darkest)))


@node(category=CATEGORY)
def auto_levels(
    image: Image,
    cut: Annotated[float, Field(ge=0, le=49, description="percent of the pixels that may become the extreme")] = 0.5,
    channels: Annotated[Literal["together", "apart"], Field(description="apart also takes a tint away")] = "together",
) -> Image:
    """Spread the tones of each picture over all from black to white. A picture of one tone stays as it is."""
    colours = image.pixels[..., :3].astype(np.float64)
    axes = (1, 2, 3) if channels == "together" else (1, 2)
    low, high = np.percentile(colours, [cut, 100 - cut], axis=axes, keepdims=True)
    flat = high <= low
    spread = (colours - low) / np.where(flat, 1, high - low)
    return Image(recoloured(image.pixels, np.where(flat, colours, spread)))


@node(category=CATEGORY)
def equalize_contrast(
    ctx: Context,
    image: Image,
    clip: Annotated[
        float, Field(gt=0, le=1, description="how much contrast may be raised; 1 does not limit it")
    ] = 0.01,
    tiles: Annotated[int, Field(ge=1, le=32, description="rows and columns that a picture is judged in")] = 8,
) -> Image:
    """Raise the contrast of each region of a picture, in its brightness alone: hidden detail is seen.

    Contrast-limited adaptive histogram equalisation (Zuiderveld, 1994), on the value of HSV.
    """
    from skimage.exposure import equalize_adapthist

    def equalized(picture: Array) -> Array:
        colours = picture[..., :3].astype(np.float64)
        tile = [max(1, side // tiles) for side in colours.shape[:2]]
        return recoloured(picture, equalize_adapthist(colours, kernel_size=tile, clip_limit=clip))

    return Image(each(ctx, image.pixels, equalized))
