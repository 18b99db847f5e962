"""Brushes: which pixels around one count as near it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Brush = Literal["round", "square"]


def footprint(radius: int, brush: Brush) -> NDArray[np.bool_]:
    """Where a brush is, [2 * radius + 1, 2 * radius + 1]: within a disc of that radius, or everywhere."""
    rows, columns = np.indices((2 * radius + 1, 2 * radius + 1)) - radius
    disc = rows**2 + columns**2 <= radius**2
    return disc if brush == "round" else np.ones_like(disc)
