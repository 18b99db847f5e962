"""Pictures to masks and back; 1 is transparent everywhere."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_image import alpha

from nodeflow import Context, Image, Mask

CTX = Context()
DrawImage = Callable[..., Image]
DrawMask = Callable[..., Mask]


@pytest.mark.parametrize(("channel", "index"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_channel_as_a_mask(draw_image: DrawImage, channel: str, index: int) -> None:
    image = draw_image(2, channels=4)
    assert np.array_equal(alpha.image_to_mask(image=image, channel=channel).run(CTX).values, image.pixels[..., index])


def test_alpha_as_a_mask_is_one_where_transparent(draw_image: DrawImage) -> None:
    image = draw_image(channels=4)
    values = alpha.image_to_mask(image=image, channel="alpha").run(CTX).values
    assert np.array_equal(values, 1 - image.pixels[..., 3])
    assert not alpha.image_to_mask(image=draw_image(), channel="alpha").run(CTX).values.any()


def test_luminance_of_primaries_and_white() -> None:
    pixels = np.float32([[[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]]])
    values = alpha.image_to_mask(image=Image(pixels), channel="luminance").run(CTX).values
    assert np.allclose(values, [[[0.2126, 0.7152, 0.0722, 1]]], atol=1e-6)
    assert values.max() <= 1


@pytest.mark.parametrize("channel", ["red", "green", "blue", "luminance"])
def test_a_mask_comes_back_from_its_picture(draw_mask: DrawMask, channel: str) -> None:
    mask = draw_mask(2)
    image = alpha.mask_to_image(mask=mask).run(CTX)
    assert np.abs(alpha.image_to_mask(image=image, channel=channel).run(CTX).values - mask.values).max() < 1e-6


def test_joining_and_splitting_alpha(draw_image: DrawImage, draw_mask: DrawMask) -> None:
    image, mask = draw_image(2, channels=4), draw_mask(2)
    joined = alpha.join_alpha(image=image, mask=mask).run(CTX)
    assert np.array_equal(joined.pixels[..., 3], 1 - mask.values)
    colours, again = alpha.split_alpha(image=joined).run(CTX)
    assert np.array_equal(colours.pixels, image.pixels[..., :3])
    assert np.abs(again.values - mask.values).max() < 1e-6


def test_splitting_an_opaque_picture(draw_image: DrawImage) -> None:
    image = draw_image()
    colours, mask = alpha.split_alpha(image=image).run(CTX)
    assert np.array_equal(colours.pixels, image.pixels)
    assert not mask.values.any()


def test_joining_repeats_a_batch_of_one_and_refuses_others(draw_image: DrawImage, draw_mask: DrawMask) -> None:
    assert alpha.join_alpha(image=draw_image(), mask=draw_mask(3)).run(CTX).pixels.shape == (3, 6, 8, 4)
    with pytest.raises(ValueError, match="batches of 2 and 3 do not match"):
        alpha.join_alpha(image=draw_image(2), mask=draw_mask(3)).run(CTX)
    with pytest.raises(ValueError, match="sizes of image and mask differ: 8x6 and 7x6"):
        alpha.join_alpha(image=draw_image(), mask=draw_mask(width=7)).run(CTX)


@pytest.mark.parametrize(
    ("tolerance", "selected"), [(0.0, [1, 0, 0, 0]), (1 / 255, [1, 1, 0, 0]), (0.5, [1, 1, 1, 0]), (1.0, [1, 1, 1, 1])]
)
def test_a_colour_is_selected_within_its_tolerance(tolerance: float, selected: list[int]) -> None:
    bytes_ = np.float32([[[[0, 255, 0], [1, 255, 0], [0, 128, 100], [255, 0, 255]]]])
    image = Image(bytes_ / np.float32(255))
    assert alpha.mask_from_color(image=image, color="#00ff00", tolerance=tolerance).run(CTX).values.tolist() == [
        [selected]
    ]
