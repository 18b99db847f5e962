"""The pictures of a dataset: read or drawn, brought to the size of their bucket, and varied."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps, UnidentifiedImageError

from nodeflow_training.captions import caption
from nodeflow_training.scenes import SIZE, Scene, draw, sample_scene
from nodeflow_training.types import Crop, Dataset, Drawings

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
"""Width and height in pixels."""

MOST_PIXELS = 1 << 26
TRIES = 100_000


class BadPictureError(ValueError):
    """A picture file that cannot be learnt from."""


@cache
def scenes(drawings: Drawings) -> tuple[Scene, ...]:
    """The scenes, the same ones each time. Raises ValueError if hardly any scene is as wanted."""
    rng, found = random.Random(drawings.seed), []
    for i in range(drawings.count):
        for _ in range(TRIES):
            scene = sample_scene(rng, drawings.items or 1 + i % 2, held_out=drawings.held_out)
            if _wanted(scene, drawings):
                break
        else:
            raise ValueError(
                f"no scene of {TRIES} is as {drawings} wants it; allow more shapes, colours or backgrounds"
            )
        found.append(scene)
    return tuple(found)


def _wanted(scene: Scene, drawings: Drawings) -> bool:
    return (
        all(item.shape in (drawings.shapes or (item.shape,)) for item in scene.items)
        and all(item.colour in (drawings.colours or (item.colour,)) for item in scene.items)
        and scene.background in (drawings.backgrounds or (scene.background,))
        and (drawings.place is None or len(scene.items) == 2 or scene.place == drawings.place)
    )


def original(dataset: Dataset, index: int) -> Pixels:
    """Picture `index` [H, W, 3] as it is stored, turned upright, or as it is drawn. Raises BadPictureError."""
    if isinstance(dataset.source, Drawings):
        return draw(scenes(dataset.source)[index], random.Random(f"{dataset.source.seed} paint {index}"))
    return np.asarray(open_picture(Path(dataset.source[index].path)))


def open_picture(path: Path) -> Image.Image:
    """A picture file as upright RGB, transparency laid on white. Raises BadPictureError, which says what is wrong."""
    try:
        with Image.open(path) as file:
            check_size(path, file.size)
            upright = ImageOps.exif_transpose(file)
            rgba = upright.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise unreadable(path, error) from error
    ground = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(ground, rgba).convert("RGB")


def unreadable(path: Path, error: Exception) -> BadPictureError:
    """What to raise for a file that Pillow cannot open, told without the whole path that Pillow's words have."""
    if isinstance(error, FileNotFoundError):
        return BadPictureError(f"{path.name!r} is not there")
    why = "it is empty or of no kind that is known" if isinstance(error, UnidentifiedImageError) else str(error)
    return BadPictureError(f"{path.name!r} cannot be read as a picture: {why}")


def check_size(path: Path, size: Size) -> None:
    """Raise BadPictureError for a picture of more pixels than are read."""
    if size[0] * size[1] > MOST_PIXELS:
        raise BadPictureError(f"{path.name!r} is {size[0]} x {size[1]} pixels; at most {MOST_PIXELS} in all are read")


def original_size(dataset: Dataset, index: int) -> Size:
    if isinstance(dataset.source, Drawings):
        return SIZE, SIZE
    example = dataset.source[index]
    return example.width, example.height


def words(dataset: Dataset, index: int, rng: random.Random | None = None) -> str:
    """The caption of a picture; that of a drawing is worded anew with `rng`."""
    if isinstance(dataset.source, Drawings):
        return caption(scenes(dataset.source)[index], rng)
    return dataset.source[index].caption


@cache
def bucket_sizes(side: int, widest: float, multiple: int) -> tuple[Size, ...]:
    """Sizes of about `side` squared pixels, sides multiples of `multiple`, ratios up to `widest`; square first.

    As in NovelAI's aspect ratio bucketing, which Podell et al. 2023 (arXiv:2307.01952, sec. 2.3) took over. Raises
    ValueError if `side` is no multiple itself.
    """
    if side % multiple:
        raise ValueError(f"side {side!r}: must be a multiple of {multiple} pixels here")
    sizes = {side // multiple: side // multiple}
    for units in range(1, int(side * math.sqrt(widest)) // multiple + 1):
        other = (side // multiple) ** 2 // units
        if other and 1 / widest <= units / other <= widest:
            sizes[units] = other
    found = {(w * multiple, h * multiple) for w, h in sizes.items()}
    found |= {(h, w) for w, h in found}
    return tuple(sorted(found, key=lambda size: (size != (side, side), size)))


def bucket_of(size: Size, sizes: Sequence[Size]) -> Size:
    """The size of the nearest ratio."""
    return min(sizes, key=lambda other: abs(math.log(size[0] / size[1]) - math.log(other[0] / other[1])))


@dataclass(frozen=True)
class View:
    """How a picture is looked at: from `left` and `top` (0..1 of what is over), mirrored, in another light."""

    left: float = 0.5
    top: float = 0.5
    mirrored: bool = False
    brightness: float = 1.0
    contrast: float = 1.0


def view(dataset: Dataset, number: int, rng: random.Random) -> View:
    """The view of that number: the first one is not mirrored; what is random comes from `rng`."""

    def place(crop: Crop) -> float:
        return rng.random() if crop == "random" else 0.5

    light = [1 + dataset.jitter * rng.uniform(-1, 1) for _ in range(2)]
    return View(place(dataset.crop), place(dataset.crop), dataset.flip and number % 2 == 1, *light)


def fitted(pixels: Pixels, size: Size, seen: View) -> Pixels:
    """The picture scaled until it covers `size`, cut and varied as `seen` says: [height, width, 3]."""
    picture = Image.fromarray(pixels)
    scale = max(size[0] / picture.width, size[1] / picture.height)
    width, height = (size[i] / scale for i in range(2))
    left, top = (picture.width - width) * seen.left, (picture.height - height) * seen.top
    box = (left, top, min(left + width, picture.width), min(top + height, picture.height))
    filtering = Image.Resampling.BOX if scale < 1 and (1 / scale).is_integer() else Image.Resampling.LANCZOS
    if picture.size != size:
        picture = picture.resize(size, filtering, box=box)
    if seen.mirrored:
        picture = ImageOps.mirror(picture)
    for enhance, factor in ((ImageEnhance.Brightness, seen.brightness), (ImageEnhance.Contrast, seen.contrast)):
        if factor != 1:
            picture = enhance(picture).enhance(factor)
    return np.asarray(picture)


def looked_at(dataset: Dataset, index: int, number: int = 0) -> Pixels:
    """View `number` of picture `index` in the size of its bucket; the same each time. Raises BadPictureError."""
    sizes = bucket_sizes(dataset.side, dataset.widest, dataset.multiple)
    size = bucket_of(original_size(dataset, index), sizes)
    return fitted(original(dataset, index), size, view(dataset, number, random.Random(f"{index} view {number}")))
