"""Pictures of numbers: a curve over steps, and grids of pictures with words at them. Drawn by pillow alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Point = tuple[float, float]
Letters = ImageFont.FreeTypeFont | ImageFont.ImageFont

INK, FAINT, PAPER = (40, 44, 52), (222, 224, 228), (255, 255, 255)
COLOURS = ((38, 92, 210), (214, 90, 40), (46, 150, 67), (130, 60, 170))
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 30, 34
NAME, NAMES = 16, 150
"""How high a name is, and how wide all are held to be."""


@dataclass(frozen=True)
class Line:
    """A curve: its points, ascending in x, and its name."""

    points: Sequence[Point]
    name: str = ""


def chart(lines: Sequence[Line], title: str, *, size: tuple[int, int] = (480, 320), log: bool = False) -> Pixels:
    """The lines in one frame [height, width, 3]; with `log` the y axis is logarithmic, for values above 0.

    Otherwise it begins at 0, or below. Names stand at the right where the fewest curves are.
    """
    canvas = Image.new("RGB", size, PAPER)
    pen, letters = ImageDraw.Draw(canvas), ImageFont.load_default(12)
    points = [(x, _height(y, log=log)) for line in lines for x, y in line.points if not log or y > 0]
    pen.text((LEFT, 8), title, INK, letters)
    if points:
        frame = _Frame.around(points if log else [*points, (points[0][0], 0.0)], size)
        _axes(pen, frame, letters, log=log)
        for line, colour in zip(lines, COLOURS * len(lines), strict=False):
            path = [frame.place(x, _height(y, log=log)) for x, y in line.points if not log or y > 0]
            pen.line(path, colour, 2) if len(path) > 1 else pen.point(path, colour)
        _names(pen, lines, _free([frame.place(*point) for point in points], len(lines), size), letters)
    return np.asarray(canvas)


def _height(y: float, *, log: bool) -> float:
    return math.log10(y) if log and y > 0 else y


@dataclass(frozen=True)
class _Frame:
    """Where values lie on the canvas."""

    low: Point
    high: Point
    size: tuple[int, int]

    @classmethod
    def around(cls, points: Sequence[Point], size: tuple[int, int]) -> _Frame:
        low, high = (tuple(choose(p[i] for p in points) for i in range(2)) for choose in (min, max))
        high = tuple(b if b > a else a + 1 for a, b in zip(low, high, strict=True))
        return cls((low[0], low[1]), (high[0], high[1]), size)

    def place(self, x: float, y: float) -> Point:
        across = (x - self.low[0]) / (self.high[0] - self.low[0])
        up = (y - self.low[1]) / (self.high[1] - self.low[1])
        width, height = self.size
        return LEFT + across * (width - LEFT - RIGHT), height - BOTTOM - up * (height - TOP - BOTTOM)


def _axes(pen: ImageDraw.ImageDraw, frame: _Frame, letters: Letters, *, log: bool) -> None:
    for i in range(5):
        x, y = (low + (high - low) * i / 4 for low, high in zip(frame.low, frame.high, strict=True))
        level, column = frame.place(frame.low[0], y), frame.place(x, frame.low[1])
        pen.line((*level, frame.size[0] - RIGHT, level[1]), FAINT)
        pen.text((LEFT - 6, level[1]), f"{10**y if log else y:.3g}", INK, letters, anchor="rm")
        pen.text((column[0], column[1] + 8), f"{x:.0f}", INK, letters, anchor="mt")


def _names(pen: ImageDraw.ImageDraw, lines: Sequence[Line], corner: Point, letters: Letters) -> None:
    for i, (line, colour) in enumerate(zip(lines, COLOURS * len(lines), strict=False)):
        pen.text((corner[0], corner[1] + NAME * i), line.name, colour, letters, anchor="rt")


def _free(places: Sequence[Point], names: int, size: tuple[int, int]) -> Point:
    """The top right corner for so many names, at the top, in the middle or below: where the fewest places are."""
    right, tall = size[0] - RIGHT - 4, NAME * names
    tops = (TOP + 4, (size[1] - tall) / 2, size[1] - BOTTOM - tall - 4)
    crossed = [sum(x > right - NAMES and top - 4 < y < top + tall for x, y in places) for top in tops]
    return right, tops[crossed.index(min(crossed))]


def grid(pictures: Sequence[Pixels], columns: int, labels: Sequence[str] = (), *, gap: int = 4) -> Pixels:
    """Pictures of one size [h, w, 3], row by row, with their labels above them where there are any."""
    height, width = pictures[0].shape[:2]
    lines = [_wrapped(label, width) for label in labels]
    head = 15 * max((len(each) for each in lines), default=0)
    rows = math.ceil(len(pictures) / columns)
    canvas = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + head + gap) - gap), PAPER)
    pen, letters = ImageDraw.Draw(canvas), ImageFont.load_default(12)
    for i, picture in enumerate(pictures):
        x, y = i % columns * (width + gap), i // columns * (height + head + gap)
        canvas.paste(Image.fromarray(picture), (x, y + head))
        for j, text in enumerate(lines[i] if i < len(lines) else ()):
            pen.text((x + 2, y + 15 * j + 1), text, INK, letters)
    return np.asarray(canvas)


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines that are not wider than so many pixels, if its words are not."""
    letters, lines = ImageFont.load_default(12), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.getlength(longer) > width - 4:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]


def beside(pictures: Sequence[Pixels], gap: int = 8) -> Pixels:
    """Pictures of any sizes in a row, at their tops."""
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] + gap for picture in pictures) - gap
    canvas = Image.new("RGB", (width, height), PAPER)
    x = 0
    for picture in pictures:
        canvas.paste(Image.fromarray(picture), (x, 0))
        x += picture.shape[1] + gap
    return np.asarray(canvas)
