"""The pictures in `samples/`, as code: two drawn shapes, a mask over one of them, and a shape cut out."""

from pathlib import Path

from PIL import Image as PillowImage
from PIL import ImageDraw

from nodeflow_image.encoding import encode_png

SIZE = 128
SUPERSAMPLING = 4

YELLOW, RED, BLUE, GREEN = (250, 214, 50), (214, 40, 40), (38, 92, 210), (46, 160, 67)
CIRCLE = (12, 40, 60, 88)
SQUARE = (72, 40, 120, 88)
AROUND_THE_SQUARE = (66, 34, 126, 94)
DIAMOND = ((64, 16), (112, 64), (64, 112), (16, 64))


def scene() -> PillowImage.Image:
    """A red circle left of a blue square on yellow, RGB."""
    canvas, pen = _canvas("RGB", YELLOW)
    pen.ellipse(_scaled(CIRCLE), fill=RED)
    pen.rectangle(_scaled(SQUARE), fill=BLUE)
    return _reduced(canvas)


def scene_mask() -> PillowImage.Image:
    """White where the scene is to be painted anew, around its square; black elsewhere. RGB."""
    canvas, pen = _canvas("RGB", (0, 0, 0))
    pen.rectangle(_scaled(AROUND_THE_SQUARE), fill=(255, 255, 255))
    return _reduced(canvas)


def cutout() -> PillowImage.Image:
    """A green diamond, transparent around it, RGBA; the transparent pixels are green as well."""
    canvas, pen = _canvas("L", (0,))
    pen.polygon([(x * SUPERSAMPLING, y * SUPERSAMPLING) for x, y in DIAMOND], fill=255)
    picture = PillowImage.new("RGB", (SIZE, SIZE), GREEN)
    picture.putalpha(_reduced(canvas))
    return picture


SAMPLES = {"scene.png": scene, "scene-mask.png": scene_mask, "cutout.png": cutout}


def write_samples(folder: Path) -> None:
    """Draw the samples into a folder."""
    for name, draw in SAMPLES.items():
        (folder / name).write_bytes(encode_png(draw()))


def _canvas(mode: str, colour: tuple[int, ...]) -> tuple[PillowImage.Image, ImageDraw.ImageDraw]:
    canvas = PillowImage.new(mode, (SIZE * SUPERSAMPLING, SIZE * SUPERSAMPLING), colour)
    return canvas, ImageDraw.Draw(canvas)


def _scaled(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A box in whole pixels of the picture, both corners within it, on the finer canvas."""
    left, top, right, bottom = (value * SUPERSAMPLING for value in box)
    return left, top, right - 1, bottom - 1


def _reduced(canvas: PillowImage.Image) -> PillowImage.Image:
    return canvas.reduce(SUPERSAMPLING)
