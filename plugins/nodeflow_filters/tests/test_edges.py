"""Canny's lines on shapes whose outline is known, and Sobel's slopes by scipy."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_filters.edges import canny_edges, sobel_edges
from nodeflow_filters.pixels import LUMA
from scipy import ndimage

from nodeflow import Context, Image

Draw = Callable[..., Image]


def square() -> Image:
    """White, with a gray border of one pixel, so that its edge lies on pixels and not between them."""
    pixels = np.zeros((1, 32, 32, 3), np.float32)
    pixels[0, 8:24, 8:24] = 0.5
    pixels[0, 9:23, 9:23] = 1
    return Image(pixels)


def gray(image: Image) -> np.ndarray:
    return np.asarray(image.pixels[0, ..., :3] @ np.array(LUMA))


def test_the_outline_of_a_square_is_one_closed_thin_line() -> None:
    found = canny_edges(image=square(), blur=1.0).run(Context())
    line = found.mask.values[0] == 1
    outline = np.zeros((32, 32), bool)
    outline[8:24, 8:24] = True
    outline[9:23, 9:23] = False
    corners = np.zeros((32, 32), bool)
    corners[np.ix_([8, 9, 22, 23], [8, 9, 22, 23])] = True
    assert np.array_equal(line | corners, outline | corners)
    assert ndimage.label(line, np.ones((3, 3)))[1] == 1
    assert ndimage.binary_fill_holes(line)[16, 16]


def test_the_picture_shows_the_mask_in_white(draw_image: Draw) -> None:
    found = canny_edges(image=draw_image(2)).run(Context())
    assert set(np.unique(found.mask.values)) <= {0, 1}
    assert np.array_equal(found.image.pixels, np.repeat(found.mask.values[..., None], 3, axis=3))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), low=st.floats(0, 1), high=st.floats(1, 2), higher=st.floats(2, 4))
def test_a_higher_threshold_leaves_some_of_the_lines(seed: int, low: float, high: float, higher: float) -> None:
    image = Image(np.random.default_rng(seed).random((1, 16, 16, 3), dtype=np.float32))

    def lines(least: float, most: float) -> np.ndarray:
        return canny_edges(image=image, blur=0.5, low=least, high=most).run(Context()).mask.values == 1

    assert not (lines(low, higher) & ~lines(low, high)).any()
    assert not (lines(high, higher) & ~lines(low, higher)).any()


def test_lines_are_steep_and_each_piece_has_a_steep_start(draw_image: Draw) -> None:
    """By scipy's slopes: every pixel of a line reaches `low`, and some pixel of every connected line reaches `high`."""
    image, low, high = draw_image(1, 40, 40), 0.3, 0.6
    line = canny_edges(image=image, blur=1.0, low=low, high=high).run(Context()).mask.values[0] == 1
    smooth = ndimage.gaussian_filter(gray(image), 1.0, mode="nearest")
    slope = np.hypot(ndimage.sobel(smooth, 0, mode="nearest"), ndimage.sobel(smooth, 1, mode="nearest"))
    numbers, count = ndimage.label(line, np.ones((3, 3)))
    assert count > 1
    assert slope[line].min() >= low - 1e-6
    assert all(slope[numbers == number].max() >= high - 1e-6 for number in range(1, count + 1))


def test_low_must_not_be_above_high() -> None:
    with pytest.raises(ValueError, match=r"low, 0\.3, must not be above high, 0\.2"):
        canny_edges(image=square(), low=0.3, high=0.2).run(Context())


def test_slopes_by_scipy(draw_image: Draw) -> None:
    image = draw_image()
    found = sobel_edges(image=image).run(Context()).mask.values[0]
    across = [ndimage.sobel(gray(image), axis, mode="nearest") / 4 for axis in (0, 1)]
    assert np.allclose(found, np.sqrt((across[0] ** 2 + across[1] ** 2) / 2), atol=1e-6)
