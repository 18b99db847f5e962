"""Levels by hand, automatic levels by their extremes, local contrast by what it spreads."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_filters.tones import auto_levels, equalize_contrast, levels

from nodeflow import Context, Image

Draw = Callable[..., Image]


def grays(*values: float) -> Image:
    return Image(np.repeat(np.array(values, np.float32)[None, None, :, None], 3, axis=3))


def tones(image: Image) -> list[float]:
    return [round(float(value), 5) for value in image.pixels[0, 0, :, 0]]


def test_levels_spread_what_is_between_black_and_white() -> None:
    assert tones(levels(image=grays(0, 0.2, 0.4, 0.6, 1), black=0.2, white=0.6).run(Context())) == [0, 0, 0.5, 1, 1]


def test_levels_bend_and_limit() -> None:
    found = levels(image=grays(0, 0.25, 1), gamma=2.0, darkest=0.1, brightest=0.9).run(Context())
    assert tones(found) == [0.1, 0.5, 0.9]
    assert tones(levels(image=grays(0, 0.25, 1), darkest=1.0, brightest=0.0).run(Context())) == [1, 0.75, 0]


@pytest.mark.parametrize("white", [5e-324, 1e-155, 1e-45])
def test_levels_so_close_that_a_float32_cannot_tell_are_a_threshold(white: float) -> None:
    assert tones(levels(image=grays(0, 0.25, 1), black=0.0, white=white).run(Context())) == [0, 1, 1]


def test_levels_change_nothing_by_themselves(draw_image: Draw) -> None:
    image = draw_image(2, channels=4)
    assert np.array_equal(levels(image=image).run(Context()).pixels, image.pixels)


@pytest.mark.parametrize("white", [0.2, 0.5])
def test_white_must_be_above_black(white: float) -> None:
    with pytest.raises(ValueError, match=f"white, {white}, must be above black, 0.5"):
        levels(image=grays(0), black=0.5, white=white).run(Context())


def test_automatic_levels_reach_from_black_to_white_by_the_same_line_for_all() -> None:
    image = Image(np.random.default_rng(1).uniform(0.3, 0.6, (2, 8, 8, 3)).astype(np.float32))
    spread = auto_levels(image=image, cut=0).run(Context()).pixels
    for before, after in zip(image.pixels, spread, strict=True):
        assert (after.min(), after.max()) == (0, 1)
        assert np.allclose(after, (before - before.min()) / (before.max() - before.min()), atol=1e-6)


def test_channels_apart_take_a_tint_away() -> None:
    pixels = np.stack([np.linspace(low, high, 50) for low, high in ((0.1, 0.5), (0.3, 0.9), (0.2, 0.4))], axis=-1)
    found = auto_levels(image=Image(pixels[None, None].astype(np.float32)), cut=0, channels="apart").run(Context())
    assert np.allclose(found.pixels[0, 0], np.linspace(0, 1, 50)[:, None], atol=1e-5)


def test_the_cut_lets_that_many_become_extreme() -> None:
    image = Image(np.repeat(np.linspace(0.2, 0.8, 1001, dtype=np.float32)[None, None, :, None], 3, axis=3))
    found = auto_levels(image=image, cut=10).run(Context()).pixels[0, 0, :, 0]
    assert np.count_nonzero(found <= 1e-6) == np.count_nonzero(found >= 1 - 1e-6) == pytest.approx(101, abs=1)


def test_a_picture_of_one_tone_stays() -> None:
    for channels in ("together", "apart"):
        assert tones(auto_levels(image=grays(0.4, 0.4), channels=channels).run(Context())) == [0.4, 0.4]


def test_local_contrast_is_raised_in_the_dark_and_in_the_light() -> None:
    random = np.random.default_rng(2)
    pixels = np.repeat(random.uniform(0, 0.05, (1, 64, 64, 1)), 3, axis=3)
    pixels[:, :, 32:] += 0.8
    image = Image(pixels.astype(np.float32))
    found = equalize_contrast(image=image, clip=0.05, tiles=4).run(Context()).pixels
    for part in (np.s_[:, :, :28], np.s_[:, :, 36:]):
        assert found[part].std() > 2 * image.pixels[part].std()
    assert found[:, :, :28].mean() < found[:, :, 36:].mean()


def test_local_contrast_keeps_the_hue() -> None:
    random = np.random.default_rng(3)
    image = Image((random.uniform(0.2, 0.5, (1, 32, 32, 1)) * [1, 0.5, 0.25]).astype(np.float32))
    found = equalize_contrast(image=image).run(Context()).pixels
    assert np.allclose(found[..., 1], found[..., 0] * 0.5, atol=1e-3)
    assert np.allclose(found[..., 2], found[..., 0] * 0.25, atol=1e-3)
    assert found[..., 0].std() > 2 * image.pixels[..., 0].std()
