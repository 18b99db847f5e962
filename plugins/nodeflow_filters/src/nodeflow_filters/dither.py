"""Dithering: few levels that look like many from afar. Values are [height, width, channels], in units of a level."""

import numpy as np

from nodeflow_filters.pixels import Array

SHARES = ((1, 1, 1 / 16), (1, 0, 5 / 16), (1, -1, 3 / 16), (0, 1, 7 / 16))
"""Who takes how much of a pixel's error: rows down, columns to the right, part (Floyd and Steinberg, 1976)."""


def diffused(values: Array, top: int) -> Array:
    """Each value rounded to one of 0..top; what that leaves over goes to the pixels to the right and below.

    A pixel waits only for its left and its three upper neighbours, so all pixels of equal column + 2 * row are done at
    once: height * 2 + width steps instead of height * width.
    """
    height, width, _ = values.shape
    # A column to each side and a row below take what falls off the picture.
    left_over = np.pad(values.astype(np.float64), ((0, 1), (1, 1), (0, 0)))
    result = np.empty(values.shape)
    for front in range(width + 2 * (height - 1)):
        rows = np.arange(max(0, (front - width + 2) // 2), min(height - 1, front // 2) + 1)
        columns = front - 2 * rows
        wanted = left_over[rows, columns + 1]
        result[rows, columns] = nearest = np.clip(np.floor(wanted + 0.5), 0, top)
        for down, right, part in SHARES:
            left_over[rows + down, columns + 1 + right] += (wanted - nearest) * part
    return result


def ordered(values: Array, top: int, side: int = 8) -> Array:
    """Each value rounded up or down to one of 0..top, by a pattern of `side` by `side` (a power of 2) thresholds."""
    height, width, _ = values.shape
    pattern = bayer(side)[np.arange(height)[:, None] % side, np.arange(width) % side]
    return np.asarray(np.clip(np.floor(values + pattern[..., None]), 0, top))


def bayer(side: int) -> Array:
    """Bayer's thresholds [side, side], each of (k + 0.5) / side² once, as far from its like as can be (Bayer, 1973)."""
    matrix = np.zeros((1, 1))
    while len(matrix) < side:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return (matrix + 0.5) / side**2
