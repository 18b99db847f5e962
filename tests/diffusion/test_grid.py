"""Pixels become whole positions, or an error that says which would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodeflow_diffusion.grid import area_positions, positions
from nodeflow_diffusion.types import Area


@given(st.integers(-100, 100), st.integers(1, 64))
def test_whole_positions(count: int, factor: int) -> None:
    assert positions(count * factor, factor, "width") == count


@pytest.mark.parametrize(
    ("pixels", "factor", "right"), [(100, 8, "96 or 104"), (130, 16, "128 or 144"), (7, 8, "8"), (-3, 8, "-8")]
)
def test_others_are_told_their_neighbours(pixels: int, factor: int, right: str) -> None:
    with pytest.raises(ValueError, match=rf"^width {pixels}: must be a multiple of {factor} .* such as {right}$"):
        positions(pixels, factor, "width")


def test_areas() -> None:
    assert area_positions(Area(x=8, y=16, width=24, height=32), 8) == (2, 1, 4, 3)
    with pytest.raises(ValueError, match="the area's height 30: must be a multiple of 8 pixels here, such as 24 or 32"):
        area_positions(Area(8, 16, 24, 30), 8)
