"""Growing and shrinking held to scipy's grey dilation with the same brush."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_image.growth import Brush, grow
from scipy.ndimage import grey_dilation, grey_erosion

QUICK = settings(max_examples=25, deadline=None)

BRUSHES = get_args(Brush)
MASKS = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 2), st.integers(1, 8), st.integers(1, 8)), elements=st.floats(0, 1, width=32)
)


def footprint(radius: int, brush: Brush) -> np.ndarray:
    rows, columns = np.indices((2 * radius + 1, 2 * radius + 1)) - radius
    inside = rows**2 + columns**2 <= radius**2 if brush == "round" else np.ones(rows.shape, dtype=bool)
    return np.asarray(inside[None])


@pytest.mark.parametrize("brush", BRUSHES)
@QUICK
@given(values=MASKS, radius=st.integers(0, 12))
def test_agrees_with_scipy(brush: Brush, values: np.ndarray, radius: int) -> None:
    brushed = footprint(radius, brush)
    assert np.array_equal(
        grow(values, radius, brush), grey_dilation(values, footprint=brushed, mode="constant", cval=0)
    )
    shrunk = grey_erosion(values, footprint=brushed, mode="constant", cval=1)
    assert np.abs(grow(values, -radius, brush) - shrunk).max() <= 1e-6


@pytest.mark.parametrize("brush", BRUSHES)
@QUICK
@given(values=MASKS, radius=st.integers(0, 12))
def test_growing_contains_and_shrinking_is_contained(brush: Brush, values: np.ndarray, radius: int) -> None:
    assert (grow(values, radius, brush) >= values).all()
    assert (grow(values, -radius, brush) <= values + 1e-6).all()


def test_a_point_grows_to_a_disc() -> None:
    values = np.zeros((1, 5, 5), dtype=np.float32)
    values[0, 2, 2] = 1
    assert np.array_equal(grow(values, 2)[0], footprint(2, "round")[0].astype(np.float32))


def test_the_edge_of_the_picture_does_not_eat() -> None:
    whole = np.ones((1, 4, 4), dtype=np.float32)
    assert np.array_equal(grow(whole, -3), whole)
