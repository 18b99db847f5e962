"""Dither held to the plain loop, palettes to Pillow, levels to what they are."""

from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_filters.dither import bayer, diffused, ordered
from nodeflow_filters.reduction import dither_image, posterize, reduce_colors

from nodeflow import Context, Image

Draw = Callable[..., Image]
QUICK = settings(max_examples=30, deadline=None)
SMALL = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3)), elements=st.floats(0, 1)
)


def row_by_row(values: np.ndarray, top: int) -> np.ndarray:
    """Floyd and Steinberg as they wrote it: from left to right, from top to bottom."""
    height, width, _ = values.shape
    wanted, result = values.copy(), np.zeros_like(values)
    for y in range(height):
        for x in range(width):
            result[y, x] = np.clip(np.floor(wanted[y, x] + 0.5), 0, top)
            error = wanted[y, x] - result[y, x]
            for down, right, part in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
                if y + down < height and 0 <= x + right < width:
                    wanted[y + down, x + right] += error * part / 16
    return result


@QUICK
@given(values=SMALL, top=st.integers(1, 5))
def test_errors_are_passed_on_as_in_the_plain_loop(values: np.ndarray, top: int) -> None:
    assert np.array_equal(diffused(values * top, top), row_by_row(values * top, top))


@QUICK
@given(values=SMALL, top=st.integers(1, 5), spread=st.sampled_from([diffused, ordered]))
def test_what_is_a_level_already_stays(values: np.ndarray, top: int, spread: Callable[..., np.ndarray]) -> None:
    levels = np.rint(values * top)
    assert np.array_equal(spread(levels, top), levels)


@pytest.mark.parametrize("gray", [k / 64 for k in (0, 1, 7, 32, 50, 63, 64)])
def test_a_pattern_shows_as_many_white_pixels_as_the_tone_is_bright(gray: float) -> None:
    found = ordered(np.full((16, 24, 1), gray), 1)
    assert found.mean() == gray


def test_bayer_by_hand() -> None:
    assert np.array_equal(bayer(2) * 4 - 0.5, [[0, 2], [3, 1]])
    assert np.array_equal(bayer(4) * 16 - 0.5, [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    assert sorted(bayer(8).ravel() * 64 - 0.5) == list(range(64))


@pytest.mark.parametrize("method", ["floyd_steinberg", "ordered"])
@pytest.mark.parametrize("levels", [2, 3, 16])
def test_a_dithered_picture_has_few_levels_and_looks_the_same_from_afar(method: str, levels: int) -> None:
    ramp = np.linspace(0, 1, 96, dtype=np.float32)
    image = Image(
        np.stack([np.tile(ramp, (96, 1)), np.tile(ramp, (96, 1)).T, np.full((96, 96), 0.3)], axis=-1)[None].astype(
            np.float32
        )
    )
    found = dither_image(image=image, levels=levels, method=method).run(Context()).pixels
    assert np.allclose(np.rint(found * (levels - 1)), found * (levels - 1), atol=1e-5)

    def from_afar(pixels: np.ndarray) -> np.ndarray:
        return pixels[0].reshape(6, 16, 6, 16, 3).mean(axis=(1, 3))

    assert np.abs(from_afar(found) - from_afar(image.pixels)).max() < 0.05


def test_a_gray_picture_of_two_levels_is_black_and_white(draw_image: Draw) -> None:
    found = dither_image(image=draw_image(), gray=True).run(Context()).pixels
    assert set(np.unique(found)) == {0, 1}
    assert (found == found[..., :1]).all()


@pytest.mark.parametrize("levels", [2, 3, 5, 256])
def test_posterize_takes_the_nearest_level(draw_image: Draw, levels: int) -> None:
    image = draw_image()
    found = posterize(image=image, levels=levels).run(Context()).pixels
    steps = np.arange(levels) / (levels - 1)
    distance = np.abs(image.pixels[..., None] - steps).min(axis=-1)
    assert np.allclose(np.abs(found - image.pixels), distance, atol=1e-6)
    assert np.abs(found[..., None] - steps).min(axis=-1).max() < 1e-6


def test_a_palette_is_pillows(draw_image: Draw) -> None:
    image = draw_image()
    found = reduce_colors(image=image, colors=5).run(Context())
    bytes_ = np.rint(image.pixels[0] * 255).astype(np.uint8)
    expected = np.asarray(PIL.Image.fromarray(bytes_).quantize(5).convert("RGB"))
    assert set(found.colors) == {f"#{bytes(colour).hex()}" for colour in expected.reshape(-1, 3)}
    assert len(found.colors) == 5


@pytest.mark.parametrize("dither", [False, True])
def test_a_picture_has_the_colours_that_are_told_the_most_frequent_first(draw_image: Draw, *, dither: bool) -> None:
    found = reduce_colors(image=draw_image(2), colors=7, dither=dither).run(Context())
    shown = np.rint(found.image.pixels * 255).astype(np.uint8).reshape(-1, 3)
    names = [f"#{bytes(colour).hex()}" for colour in shown]
    assert set(names) == set(found.colors)
    assert len(found.colors) <= 7
    counts = [names.count(colour) for colour in found.colors]
    assert counts == sorted(counts, reverse=True)


def test_each_pixel_gets_the_nearest_colour_of_another_picture(draw_image: Draw) -> None:
    palette = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]], np.float32)
    image = draw_image()
    found = reduce_colors(image=image, palette=Image(palette[None, None])).run(Context()).image.pixels
    nearest = ((image.pixels[..., None, :] - palette) ** 2).sum(axis=-1).argmin(axis=-1)
    # Pillow looks up whole cells of colour, so that a pixel between two colours may get either.
    assert (found == palette[nearest]).all(axis=-1).mean() > 0.95
    assert {tuple(colour) for colour in found.reshape(-1, 3)} <= {tuple(colour) for colour in palette}


def test_few_colours_stay(draw_image: Draw) -> None:
    image = Image((np.random.default_rng(4).integers(0, 2, (1, 9, 9, 3)) * 0.6).astype(np.float32))
    assert np.allclose(reduce_colors(image=image, colors=8).run(Context()).image.pixels, image.pixels, atol=1e-6)
