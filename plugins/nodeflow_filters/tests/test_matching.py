"""Matched pictures have the statistics of the reference; Lab by its definition."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_filters.lab import from_lab, to_lab
from nodeflow_filters.matching import match_colors

from nodeflow import Context, Image

Draw = Callable[..., Image]
WHITE = np.array([0.95047, 1.0, 1.08883])
"""D65."""
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colours: np.ndarray) -> np.ndarray:
    """As CIE 15 and IEC 61966-2-1 define it."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    ratio = linear @ TO_XYZ.T / WHITE
    bent = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def muted(seed: int, low: float, high: float, size: tuple[int, int] = (16, 16)) -> Image:
    return Image(np.random.default_rng(seed).uniform(low, high, (1, *size, 3)).astype(np.float32))


def matched(image: Image, reference: Image, **values: object) -> np.ndarray:
    return match_colors(image=image, reference=reference, **values).run(Context()).pixels


def test_lab_is_lab() -> None:
    colours = np.random.default_rng(0).random((50, 3))
    assert np.allclose(to_lab(colours), lab(colours), atol=0.02)


@settings(max_examples=30, deadline=None)
@given(colours=hnp.arrays(np.float64, (4, 3), elements=st.floats(0, 1)))
def test_there_and_back(colours: np.ndarray) -> None:
    assert np.allclose(from_lab(to_lab(colours)), colours, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(values=hnp.arrays(np.float64, (4, 3), elements=st.floats(-300, 300)))
def test_what_cannot_be_shown_is_cut_without_a_warning(values: np.ndarray) -> None:
    found = from_lab(values)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_mean_and_spread_become_those_of_the_reference() -> None:
    image, reference = muted(1, 0.35, 0.5), muted(2, 0.5, 0.6, (9, 20))
    found, wanted = lab(matched(image, reference)[0].astype(np.float64)), lab(reference.pixels[0].astype(np.float64))
    assert np.allclose(found.mean(axis=(0, 1)), wanted.mean(axis=(0, 1)), atol=0.05)
    assert np.allclose(found.std(axis=(0, 1)), wanted.std(axis=(0, 1)), atol=0.05)


def test_a_picture_of_one_tone_becomes_the_mean() -> None:
    plain = Image(np.full((1, 4, 4, 3), 0.3, np.float32))
    reference = muted(3, 0.4, 0.6)
    found = lab(matched(plain, reference)[0].astype(np.float64))
    assert np.allclose(found, lab(reference.pixels[0].astype(np.float64)).mean(axis=(0, 1)), atol=0.05)


def test_each_channel_gets_the_values_of_the_reference_in_the_order_of_the_picture(draw_image: Draw) -> None:
    """With different values everywhere and equal sizes, the value of a rank is the reference's of that rank."""
    image, reference = muted(4, 0, 1), muted(5, 0.2, 0.7)
    found = matched(image, reference, method="histogram")[0]
    for channel in range(3):
        ranks = image.pixels[0, ..., channel].ravel().argsort().argsort()
        expected = np.sort(reference.pixels[0, ..., channel].ravel())[ranks]
        assert np.allclose(found[..., channel].ravel(), expected, atol=1e-6)


@pytest.mark.parametrize("method", ["mean_std", "histogram"])
def test_a_picture_matches_itself(method: str) -> None:
    image = muted(6, 0, 1)
    assert np.allclose(matched(image, image, method=method), image.pixels, atol=1e-4)


@pytest.mark.parametrize("method", ["mean_std", "histogram"])
def test_strength_is_how_far(method: str) -> None:
    image, reference = muted(7, 0.3, 0.5), muted(8, 0.5, 0.6)
    whole = matched(image, reference, method=method)
    assert np.array_equal(matched(image, reference, method=method, strength=0.0), image.pixels)
    half = matched(image, reference, method=method, strength=0.5)
    assert np.allclose(half, (image.pixels + whole) / 2, atol=1e-6)


def test_a_reference_is_for_all_or_for_each(draw_image: Draw) -> None:
    images, references = draw_image(2), draw_image(2)
    each = matched(images, references)
    for number in (0, 1):
        all_by_one = matched(images, Image(references.pixels[number : number + 1]))
        assert np.array_equal(each[number], all_by_one[number])
    with pytest.raises(ValueError, match="2 references for 3 pictures"):
        matched(draw_image(3), references)
