"""Growing and shrinking of masks: grey dilation and erosion with a disc or a square."""

from math import isqrt
from typing import Literal

import numpy as np

from nodeflow_image.shapes import Pixels

Brush = Literal["round", "square"]


def grow(values: Pixels, pixels: int, brush: Brush = "round") -> Pixels:
    """The largest value within `pixels` of each place of a mask [batch, height, width]; negative shrinks.

    "round" counts places within a disc of that radius, "square" places within that many rows and columns.
    What lies outside the picture is left out of account both ways: it neither grows in nor eats the edge.
    """
    if pixels < 0:
        return np.subtract(1, _dilated(1 - values, -pixels, brush), dtype=np.float32)
    return _dilated(values, pixels, brush)


def _dilated(values: Pixels, radius: int, brush: Brush) -> Pixels:
    """The widest rows of the brush grow by one column at a time, so the cost is linear in the radius."""
    rows_by_width: dict[int, list[int]] = {}
    for row in range(radius + 1):
        width = isqrt(radius * radius - row * row) if brush == "round" else radius
        rows_by_width.setdefault(width, []).append(row)
    result, wide = values.copy(), values.copy()
    for width in range(radius + 1):
        _raise(wide, values, (0, width))
        for row in rows_by_width.get(width, ()):
            _raise(result, wide, (row, 0))
    return result


def _raise(target: Pixels, source: Pixels, shift: tuple[int, int]) -> None:
    """Raise `target`, in place, to `source` moved by (rows, columns) one way and the other."""
    down, right = shift
    height, width = source.shape[1:]
    if down >= height or right >= width:
        return
    far, near = np.s_[:, down:, right:], np.s_[:, : height - down, : width - right]
    np.maximum(target[far], source[near], out=target[far])
    np.maximum(target[near], source[far], out=target[near])
