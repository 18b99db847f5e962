"""Palettes by Pillow: which few colours stand best for many, and a picture in those alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import PIL.Image

from nodeflow_filters.pixels import Array, Pixels


@dataclass(frozen=True, eq=False)
class Indexed:
    """A picture of few colours: sRGB [height, width, 3], uint8."""

    values: Array

    @property
    def rgb(self) -> Array:
        """0..1."""
        return self.values / np.float32(255)


def prepared(pixels: Pixels, colours: int) -> PIL.Image.Image:
    """A picture in palette mode: its palette has at most `colours` colours, which stand for all of the batch."""
    rows = eight_bit(pixels).reshape(1, -1, 3)
    return PIL.Image.fromarray(rows).quantize(colours, method=PIL.Image.Quantize.MEDIANCUT)


def indexed(picture: Pixels, palette: PIL.Image.Image, *, dither: bool) -> Indexed:
    """A picture [height, width, 3 or 4] in the colours of a palette."""
    how = PIL.Image.Dither.FLOYDSTEINBERG if dither else PIL.Image.Dither.NONE
    return Indexed(
        np.asarray(PIL.Image.fromarray(eight_bit(picture)).quantize(palette=palette, dither=how).convert("RGB"))
    )


def listed(pictures: Iterable[Indexed]) -> list[str]:
    """The colours that the pictures show, `#rrggbb`, the most frequent first, then by name."""
    counted: Counter[str] = Counter()
    for picture in pictures:
        colours, numbers = np.unique(picture.values.reshape(-1, 3), axis=0, return_counts=True)
        counted.update(
            {f"#{bytes(colour).hex()}": int(number) for colour, number in zip(colours, numbers, strict=True)}
        )
    return sorted(counted, key=lambda colour: (-counted[colour], colour))


def eight_bit(pixels: Pixels) -> Array:
    """The colours, uint8."""
    return np.rint(np.clip(pixels[..., :3], 0, 1) * 255).astype(np.uint8)
