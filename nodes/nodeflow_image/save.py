"""Nodes that write pictures as PNG files into the store."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from nodeflow import Context, Field, File, Image, Node

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

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
        # Only here, as everything that needs Pillow: declaring the nodes takes half the time.
        from nodeflow import png

        provenance = ctx.provenance()
        return Saved(_saved(ctx, self.image, self.prefix, png.info(provenance) if provenance else None))


class PreviewImage(Node):
    """Show the pictures of a batch, as PNG files without the graph in them."""

    category = "image"
    output = True

    image: Image

    def run(self, ctx: Context) -> Saved:
        return Saved(_saved(ctx, self.image, "preview"))


def _saved(ctx: Context, image: Image, prefix: str, info: "PngInfo | None" = None) -> list[File]:
    """A file for each picture; progress is told, and cancellation checked, between them."""
    from PIL import Image as PillowImage

    from nodeflow_image.encoding import encode_png, to_bytes

    files = []
    for index, pixels in enumerate(image.pixels):
        ctx.progress(index, len(image.pixels))
        picture = PillowImage.fromarray(to_bytes(pixels))
        files.append(ctx.save(encode_png(picture, info), f"{prefix}_{index:05d}.png", "image/png"))
    return files
