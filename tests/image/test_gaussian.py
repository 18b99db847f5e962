"""The blur held to scipy's Gaussian filter and to what a blur must keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image.gaussian import blur, kernel
from scipy.ndimage import gaussian_filter

QUICK = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5, 7.0])
def test_agrees_with_scipy(sigma: float) -> None:
    pixels = np.random.default_rng(0).random((2, 13, 17, 3), dtype=np.float32)
    reach = len(kernel(sigma)) // 2
    theirs = gaussian_filter(pixels.astype(np.float64), sigma, axes=(1, 2), mode="nearest", radius=reach)
    assert np.abs(blur(pixels, sigma) - theirs).max() < 1e-6


@QUICK
@given(value=st.floats(0, 1, width=32), sigma=st.floats(0.1, 40))
def test_a_plain_picture_stays_plain(value: float, sigma: float) -> None:
    plain = np.full((1, 5, 3, 1), value, dtype=np.float32)
    assert np.abs(blur(plain, sigma) - np.float32(value)).max() < 1e-6


def test_zero_changes_nothing() -> None:
    pixels = np.random.default_rng(0).random((1, 4, 4, 3), dtype=np.float32)
    assert blur(pixels, 0) is pixels


@QUICK
@given(sigma=st.floats(0.05, 60))
def test_the_bell_is_even_and_sums_to_one(sigma: float) -> None:
    bell = kernel(sigma)
    assert len(bell) % 2 == 1
    assert np.array_equal(bell, bell[::-1])
    assert abs(bell.sum() - 1) < 1e-12
