"""Nodes that leave a picture few tones or few colours. Alpha stays."""

from typing import Annotated, Literal, NamedTuple

import numpy as np

from nodeflow import Context, Field, Image, node
from nodeflow_filters import dither
from nodeflow_filters.pixels import Array, each, luminance, recoloured

CATEGORY = "image/color"
Levels = Annotated[int, Field(ge=2, le=256, description="of red, green and blue each")]


@node(category=CATEGORY)
def posterize(image: Image, levels: Levels = 4) -> Image:
    """Round each of red, green and blue to a few levels: plain areas with hard borders."""
    top = np.float32(levels - 1)
    return Image(recoloured(image.pixels, np.floor(image.pixels[..., :3] * top + np.float32(0.5)) / top))


@node(title="Dither", type_name="Dither", category=CATEGORY)
def dither_image(
    ctx: Context,
    image: Image,
    levels: Levels = 2,
    method: Annotated[
        Literal["floyd_steinberg", "ordered"], Field(description="pass errors on, or a pattern of 8 by 8")
    ] = "floyd_steinberg",
    gray: Annotated[bool, Field(description="by brightness alone: 2 levels are black and white")] = False,
) -> Image:
    """Leave a picture a few levels of each colour, mixed so that it looks the same from afar."""
    top = levels - 1
    spread = dither.diffused if method == "floyd_steinberg" else dither.ordered

    def dithered(picture: Array) -> Array:
        values = luminance(picture)[..., None] if gray else picture[..., :3]
        return recoloured(picture, spread(values.astype(np.float64) * top, top) / top)

    return Image(each(ctx, image.pixels, dithered))


class Reduced(NamedTuple):
    """A picture of few colours, and which these are."""

    image: Image
    colors: Annotated[list[str], Field(description="those of the palette as #rrggbb, the most frequent first")]


@node(category=CATEGORY)
def reduce_colors(
    ctx: Context,
    image: Image,
    colors: Annotated[int, Field(ge=1, le=256, description="at most so many")] = 16,
    palette: Annotated[Image | None, Field(description="whose colours to take; without it, the picture's own")] = None,
    dither: Annotated[bool, Field(description="mix them, so that it looks the same from afar")] = False,
) -> Reduced:
    """Leave a picture, or a batch as a whole, few colours: the ones that stand best for all, by median cut.

    Colours are taken in steps of 1/255.
    """
    from nodeflow_filters.palette import indexed, listed, prepared

    chosen = prepared((image if palette is None else palette).pixels, colors)
    pictures = [indexed(picture, chosen, dither=dither) for picture in image.pixels]
    ctx.check()
    changed = [recoloured(old, new.rgb) for old, new in zip(image.pixels, pictures, strict=True)]
    return Reduced(Image(np.stack(changed)), listed(pictures))
