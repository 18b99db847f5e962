"""Blurs held to plain means, to scipy and to a loop written by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_filters.smoothing import bilateral_filter, box_blur, median_filter, motion_blur
from scipy import ndimage

from nodeflow import Cancelled, Context, Image

Draw = Callable[..., Image]


def windows(pixels: np.ndarray, radius: int) -> np.ndarray:
    """[height, width, channels, rows, columns] around each pixel; beyond the edge the edge pixel goes on."""
    padded = np.pad(pixels.astype(np.float64), ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1, 2 * radius + 1), axis=(0, 1))


@pytest.mark.parametrize("radius", [0, 1, 3, 20])
def test_a_box_blur_is_the_mean_of_the_square(draw_image: Draw, radius: int) -> None:
    image = draw_image()
    blurred = box_blur(image=image, radius=radius).run(Context()).pixels[0]
    assert np.allclose(blurred, windows(image.pixels[0], radius).mean(axis=(3, 4)), atol=1e-6)


def test_transparent_colours_do_not_bleed() -> None:
    pixels = np.zeros((1, 1, 5, 4), np.float32)
    pixels[0, 0, 0] = [1, 0, 0, 1]
    pixels[0, 0, 1:] = [0, 1, 0, 0]
    for blurred in (
        box_blur(image=Image(pixels), radius=1).run(Context()).pixels[0, 0],
        motion_blur(image=Image(pixels), length=3).run(Context()).pixels[0, 0],
    ):
        assert np.allclose(blurred[:2, :3], [[1, 0, 0], [1, 0, 0]])
        assert np.allclose(blurred[:, 3], [2 / 3, 1 / 3, 0, 0, 0])
        assert np.allclose(blurred[4, :3], [0, 1, 0])


@pytest.mark.parametrize(("angle", "axis"), [(0, 1), (180, 1), (90, 0), (-90, 0), (270, 0)])
def test_a_level_or_upright_motion_is_a_mean_along_an_axis(draw_image: Draw, angle: float, axis: int) -> None:
    image = draw_image()
    blurred = motion_blur(image=image, length=5, angle=angle).run(Context()).pixels[0]
    expected = ndimage.uniform_filter1d(image.pixels[0].astype(np.float64), 5, axis=axis, mode="nearest")
    assert np.allclose(blurred, expected, atol=1e-6)


def test_a_point_is_drawn_out_upwards_to_the_right() -> None:
    pixels = np.zeros((1, 9, 9, 3), np.float32)
    pixels[0, 4, 4] = 1
    blurred = motion_blur(image=Image(pixels), length=5, angle=45).run(Context()).pixels[0, ..., 0]
    assert blurred.sum() == pytest.approx(1)
    assert np.allclose(blurred, blurred.T[::-1, ::-1])
    assert blurred[3, 5] > blurred[3, 4] > blurred[3, 3] == 0
    assert blurred[5, 3] == pytest.approx(blurred[3, 5])


@pytest.mark.parametrize("length", [1, 2])
def test_a_motion_of_one_pixel_changes_nothing(draw_image: Draw, length: int) -> None:
    image = draw_image()
    moved = motion_blur(image=image, length=length, angle=30).run(Context())
    assert np.allclose(moved.pixels, image.pixels, atol=1e-7)


def test_a_square_median(draw_image: Draw) -> None:
    image = draw_image()
    filtered = median_filter(image=image, radius=2, brush="square").run(Context()).pixels[0]
    assert np.array_equal(filtered, np.median(windows(image.pixels[0], 2), axis=(3, 4)).astype(np.float32))


def test_a_round_median_takes_a_speck_away_and_keeps_an_edge() -> None:
    pixels = np.zeros((1, 9, 9, 3), np.float32)
    pixels[0, :, 5:] = 1
    clean = pixels.copy()
    pixels[0, 4, 2] = 1
    assert np.array_equal(median_filter(image=Image(pixels), radius=1).run(Context()).pixels, clean)


def test_a_bilateral_filter_is_the_mean_weighed_by_distance_and_colour(draw_image: Draw) -> None:
    image = draw_image(1, 6, 7)
    radius, tolerance = 1.5, 0.3
    around = windows(image.pixels[0], 3)
    offsets = np.indices((7, 7)) - 3
    near = np.exp(-(offsets**2).sum(axis=0) / (2 * radius**2))
    apart = ((around - image.pixels[0][..., None, None]) ** 2).sum(axis=2)
    weights = (near * np.exp(-apart / (2 * tolerance**2)))[:, :, None]
    expected = (around * weights).sum(axis=(3, 4)) / weights.sum(axis=(3, 4))
    smoothed = bilateral_filter(image=image, radius=radius, tolerance=tolerance).run(Context()).pixels[0]
    assert np.allclose(smoothed, expected, atol=1e-5)


def test_a_run_is_cancelled_between_pictures(draw_image: Draw) -> None:
    ctx = Context()
    seen = []

    def report(done: float, total: float, preview: object) -> None:
        seen.append((done, total))
        if done == 1:
            ctx.cancellation.cancel()

    object.__setattr__(ctx, "report", report)
    with pytest.raises(Cancelled):
        box_blur(image=draw_image(4)).run(ctx)
    assert seen == [(0, 4), (1, 4)]
