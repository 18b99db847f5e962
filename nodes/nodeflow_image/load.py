"""Nodes that read picture files from the folders of kind `images`, or from the store (`sha256:<hex>`)."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from nodeflow import Context, Field, FileChoice, Image, Mask, Painted, node
from nodeflow_image.alpha import Channel, channel_mask

if TYPE_CHECKING:
    from nodeflow_image.decoding import Decoded

PictureFile = Annotated[str, FileChoice("images"), Field(description="PNG, JPEG, WEBP, BMP, GIF or TIFF")]

MaskFile = Annotated[str, FileChoice("images"), Painted(), Field(description="PNG, JPEG, WEBP, BMP, GIF or TIFF")]


class Loaded(NamedTuple):
    """What LoadImage gives."""

    image: Annotated[Image, Field(description="the colours, RGB; also those that lie under transparency")]
    mask: Annotated[Mask, Field(description="1 where the picture is transparent; all 0 for an opaque one")]


@node(category="image")
def load_image(ctx: Context, image: PictureFile) -> Loaded:
    """Load a picture, and a mask that is 1 where it is transparent.

    It is turned as its EXIF data say and converted to sRGB by its colour profile. The frames of an animation or the
    pages of a TIFF become the batch. 16-bit grayscale keeps its precision, 16-bit colours are read with 8 bits.
    Refused: files beyond 67 million pixels, 32-bit pixels, pages of several sizes, damaged files.
    """
    decoded = _decoded(ctx, image)
    return Loaded(Image(decoded.colour), Mask(1 - decoded.alpha))


@node(category="mask")
def load_image_mask(ctx: Context, image: MaskFile, channel: Channel = "luminance") -> Mask:
    """Load a channel of a picture file as a mask, 0..1.

    `alpha` gives 1 where the picture is transparent; the others are 1 where the channel is full: a mask painted white
    on black is selected where it is white.
    """
    decoded = _decoded(ctx, image)
    return Mask(channel_mask(decoded.colour, decoded.alpha, channel))


def _decoded(ctx: Context, name: str) -> "Decoded":
    # Pillow is not there before a picture is: declaring the nodes takes half the time.
    from nodeflow_image.decoding import decode

    decoded = decode(ctx.path("images", name), name)
    for note in decoded.notes:
        ctx.log.warning("%r: %s", name, note)
    return decoded
