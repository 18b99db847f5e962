"""Resizing held to Pillow's own 8-bit resizing and to hand computation."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_image.resampling import FILTERS, Method, resize
from PIL import Image as PillowImage

QUICK = settings(max_examples=25, deadline=None)

METHODS = get_args(Method)
UNIT = st.integers(0, 255).map(lambda value: np.float32(value / 255))
MIDDLE = st.integers(90, 165).map(lambda value: np.float32(value / 255))
"""So far from black and white that no filter overshoots: Pillow cuts bytes between its two passes, we at the end."""


def pictures(elements: st.SearchStrategy[np.float32]) -> st.SearchStrategy[np.ndarray]:
    shape = st.tuples(st.integers(1, 2), st.integers(1, 9), st.integers(1, 9), st.just(3))
    return hnp.arrays(np.float32, shape, elements=elements)


@pytest.mark.parametrize("method", METHODS)
@QUICK
@given(pixels=pictures(UNIT))
def test_the_same_size_is_the_same_picture(method: Method, pixels: np.ndarray) -> None:
    assert resize(pixels, pixels.shape[2], pixels.shape[1], method) is pixels


@pytest.mark.parametrize("method", METHODS)
@QUICK
@given(pixels=pictures(MIDDLE), width=st.integers(1, 12), height=st.integers(1, 12))
def test_agrees_with_pillow_on_bytes(method: Method, pixels: np.ndarray, width: int, height: int) -> None:
    ours = resize(pixels, width, height, method)
    assert ours.shape == (len(pixels), height, width, 3)
    assert ours.dtype == np.float32
    for picture, result in zip(pixels, ours, strict=True):
        image = PillowImage.fromarray(np.rint(picture * 255).astype(np.uint8))
        theirs = np.asarray(image.resize((width, height), PillowImage.Resampling[FILTERS[method]]))
        # Pillow rounds to a byte after each of its two passes.
        assert np.abs(result - theirs / 255).max() <= 1.5 / 255


@pytest.mark.parametrize("method", METHODS)
@QUICK
@given(value=UNIT, width=st.integers(1, 20), height=st.integers(1, 20))
def test_a_plain_picture_stays_plain(method: Method, value: np.float32, width: int, height: int) -> None:
    plain = np.full((1, 7, 5, 4), value, dtype=np.float32)
    assert np.abs(resize(plain, width, height, method) - value).max() < 1e-5


def test_halving_by_area_is_the_mean_of_four() -> None:
    pixels = np.random.default_rng(0).random((2, 6, 8, 3), dtype=np.float32)
    mean = pixels.reshape(2, 3, 2, 4, 2, 3).mean(axis=(2, 4))
    assert np.allclose(resize(pixels, 4, 3, "area"), mean, atol=1e-6)


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos", "area"])
def test_shrinking_a_fine_checkerboard_gives_gray(method: Method) -> None:
    board = np.indices((32, 32)).sum(axis=0) % 2
    pixels = np.repeat(board[None, ..., None], 3, axis=3).astype(np.float32)
    assert np.abs(resize(pixels, 4, 4, method)[:, 1:-1, 1:-1] - 0.5).max() < 0.02


def test_center_cuts_instead_of_stretching() -> None:
    pixels = np.random.default_rng(1).random((1, 4, 10, 3), dtype=np.float32)
    assert np.array_equal(resize(pixels, 4, 4, "nearest", "center"), pixels[:, :, 3:7])
    tall = pixels.transpose(0, 2, 1, 3)
    assert np.allclose(resize(tall, 2, 2, "area", "center"), resize(tall[:, 3:7], 2, 2, "area"), atol=1e-6)


def test_transparent_colour_does_not_bleed() -> None:
    pixels = np.zeros((1, 2, 2, 4), dtype=np.float32)
    pixels[0, :, 0] = (1, 0, 0, 1)  # red and opaque, next to green and transparent
    pixels[0, :, 1] = (0, 1, 0, 0)
    mixed = resize(pixels, 1, 1, "area")[0, 0, 0]
    assert np.allclose(mixed, (1, 0, 0, 0.5), atol=1e-6)


def test_hidden_colour_is_kept() -> None:
    pixels = np.full((1, 4, 4, 4), 0.6, dtype=np.float32)
    pixels[..., 3] = 0
    assert np.allclose(resize(pixels, 2, 3, "bilinear")[..., :3], 0.6, atol=1e-6)
