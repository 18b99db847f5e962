"""Held to scipy's grey morphology with the same brush."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_filters.brushes import Brush, footprint
from nodeflow_filters.morphology import morph_image, morph_mask
from scipy.ndimage import grey_dilation, grey_erosion

from nodeflow import Context, Image, Mask

BRUSHES = get_args(Brush)
MASKS = hnp.arrays(
    np.float32, st.tuples(st.just(1), st.integers(1, 8), st.integers(1, 8)), elements=st.floats(0, 1, width=32)
)


def expected(operation: str, plane: np.ndarray, brush: np.ndarray) -> np.ndarray:
    def dilate(values: np.ndarray) -> np.ndarray:
        return grey_dilation(values, footprint=brush, mode="constant", cval=-1)

    def erode(values: np.ndarray) -> np.ndarray:
        return grey_erosion(values, footprint=brush, mode="constant", cval=2)

    results = {
        "dilate": lambda: dilate(plane),
        "erode": lambda: erode(plane),
        "open": lambda: dilate(erode(plane)),
        "close": lambda: erode(dilate(plane)),
        "gradient": lambda: dilate(plane) - erode(plane),
        "top_hat": lambda: plane - dilate(erode(plane)),
        "black_hat": lambda: erode(dilate(plane)) - plane,
    }
    return np.asarray(results[operation]())


OPERATIONS = ("dilate", "erode", "open", "close", "gradient", "top_hat", "black_hat")


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=20, deadline=None)
@given(values=MASKS, radius=st.integers(0, 4), brush=st.sampled_from(BRUSHES))
def test_masks_agree_with_scipy(operation: str, values: np.ndarray, radius: int, brush: Brush) -> None:
    found = morph_mask(mask=Mask(values), operation=operation, radius=radius, brush=brush).run(Context())
    assert np.array_equal(found.values[0], expected(operation, values[0], footprint(radius, brush)))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_pictures_are_treated_channel_by_channel(operation: str) -> None:
    image = Image(np.random.default_rng(1).random((2, 9, 8, 3), dtype=np.float32))
    found = morph_image(image=image, operation=operation, radius=2).run(Context()).pixels
    for picture, channel in np.ndindex(2, 3):
        plane = expected(operation, image.pixels[picture, ..., channel], footprint(2, "round"))
        assert np.array_equal(found[picture, ..., channel], plane)


def test_brushes_by_hand() -> None:
    assert footprint(1, "round").astype(int).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert footprint(1, "square").all()
    assert footprint(0, "round").tolist() == [[True]]
