"""Nodes that write pictures as PNG files into the store."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from PIL import Image as PillowImage

from nodeflow import Context, Field, File, Image, Node, png
from nodeflow_image.encoding import encode_png, to_bytes

Prefix = Annotated[
    str,
    Field(
        pattern=r'^[^./\\:*?"<>|\x00-\x1f][^/\\:*?"<>|\x00-\x1f]{0,63}$',
        description="how the files' names begin: at most 64 characters, no path",
    ),
]


class Saved(NamedTuple):
    """What SaveImage and PreviewImage give."""

    files: Annotated[list[File], Field(description="one PNG for each picture of the batch")]


class SaveImage(Node):
    """Save each picture of a batch as a PNG file `<prefix>_00000.png`, `<prefix>_00001.png`, ...

    Values are cut to 0..1 and rounded to the nearest of 256 levels, halves up. The file carries the graph that made it,
    so it can be opened as one. The same pictures from the same graph are the same bytes.
    """

    category = "image"
    output = True

    image: Image
    prefix: Prefix = "nodeflow"

    def run(self, ctx: Context) -> Saved:
        provenance = ctx.provenance()
        info = png.info(provenance) if provenance else None
        files = []
        for name, picture in _pictures(ctx, self.image, self.prefix):
            files.append(ctx.save(encode_png(picture, info), name, "image/png"))
        return Saved(files)


class PreviewImage(Node):
    """Show the pictures of a batch, as PNG files without the graph in them."""

    category = "image"
    output = True

    image: Image

    def run(self, ctx: Context) -> Saved:
        pictures = _pictures(ctx, self.image, "preview")
        return Saved([ctx.save(encode_png(picture), name, "image/png") for name, picture in pictures])


def _pictures(ctx: Context, image: Image, prefix: str) -> Iterator[tuple[str, PillowImage.Image]]:
    """Each picture with its file's name; progress is told, and cancellation checked, between them."""
    for index, pixels in enumerate(image.pixels):
        ctx.progress(index, len(image.pixels))
        yield f"{prefix}_{index:05d}.png", PillowImage.fromarray(to_bytes(pixels))
