"""Pixels and the positions of a latent: what is a whole number of positions, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nodeflow_diffusion.types import Area


def positions(pixels: int, factor: int, name: str) -> int:
    """How many positions of a latent so many pixels are. Raises ValueError, with what is right, if not whole."""
    if pixels % factor:
        below = pixels // factor * factor
        near = " or ".join(str(n) for n in (below, below + factor) if n)
        raise ValueError(f"{name} {pixels!r}: must be a multiple of {factor} pixels here, such as {near}")
    return pixels // factor


def area_positions(area: Area, factor: int) -> tuple[int, int, int, int]:
    """An area as (y, x, height, width) in positions. Raises ValueError as `positions` does."""
    return (
        positions(area.y, factor, "the area's y"),
        positions(area.x, factor, "the area's x"),
        positions(area.height, factor, "the area's height"),
        positions(area.width, factor, "the area's width"),
    )
