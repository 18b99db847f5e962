"""Colours and sharpness, against Pillow's enhancers and hand computation."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_image import adjust
from PIL import Image as PillowImage
from PIL import ImageEnhance
from scipy.ndimage import gaussian_filter

from nodeflow import Context, Image

CTX = Context()
DrawImage = Callable[..., Image]


def to_pillow(image: Image) -> PillowImage.Image:
    return PillowImage.fromarray(np.rint(image.pixels[0] * 255).astype(np.uint8))


def test_inverting_twice_is_the_same(draw_image: DrawImage) -> None:
    image = draw_image(2, channels=4)
    once = adjust.invert_image(image=image).run(CTX)
    assert np.array_equal(once.pixels[..., :3], 1 - image.pixels[..., :3])
    assert np.array_equal(once.pixels[..., 3], image.pixels[..., 3])
    assert np.abs(adjust.invert_image(image=once).run(CTX).pixels - image.pixels).max() < 1e-6


@pytest.mark.parametrize("channels", [3, 4])
def test_neutral_settings_change_nothing(draw_image: DrawImage, channels: int) -> None:
    image = draw_image(2, channels=channels)
    for node in (adjust.adjust_image(image=image), adjust.blur_image(image=image, radius=0.0)):
        assert np.array_equal(node.run(CTX).pixels, image.pixels)
    for settings in ({"amount": 0.0}, {"radius": 0.0}):
        assert np.array_equal(adjust.sharpen_image(image=image, **settings).run(CTX).pixels, image.pixels)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.7, 4.0])
def test_brightness_is_that_of_pillow(draw_image: DrawImage, factor: float) -> None:
    image = draw_image()
    theirs = np.asarray(ImageEnhance.Brightness(to_pillow(image)).enhance(factor))
    ours = adjust.adjust_image(image=image, brightness=factor).run(CTX).pixels[0] * 255
    assert np.abs(ours - theirs).max() <= 1.01


def test_contrast_turns_about_middle_gray(draw_image: DrawImage) -> None:
    image = draw_image()
    flat = adjust.adjust_image(image=image, contrast=0.0).run(CTX)
    assert np.allclose(flat.pixels, 0.5)
    strong = adjust.adjust_image(image=image, contrast=2.0).run(CTX)
    assert np.allclose(strong.pixels, np.clip((image.pixels - 0.5) * 2 + 0.5, 0, 1), atol=1e-6)


def test_no_saturation_is_gray_of_the_same_luminance() -> None:
    primaries = Image(np.eye(3, dtype=np.float32)[None, None])
    gray = adjust.adjust_image(image=primaries, saturation=0.0).run(CTX).pixels
    assert np.allclose(gray[0, 0], np.float32([[0.2126] * 3, [0.7152] * 3, [0.0722] * 3]))


def test_saturation_leaves_gray_alone() -> None:
    gray = Image(np.repeat(np.linspace(0, 1, 5, dtype=np.float32), 3).reshape(1, 1, 5, 3))
    assert np.allclose(adjust.adjust_image(image=gray, saturation=3.0).run(CTX).pixels, gray.pixels, atol=1e-6)


def test_gamma_is_a_power(draw_image: DrawImage) -> None:
    image = draw_image()
    lighter = adjust.adjust_image(image=image, gamma=2.0).run(CTX)
    assert np.allclose(lighter.pixels, np.sqrt(image.pixels), atol=1e-6)


def test_sharpening_is_an_unsharp_mask(draw_image: DrawImage) -> None:
    image = draw_image(channels=4)
    colour = image.pixels[..., :3].astype(np.float64)
    blurred = gaussian_filter(colour, 1.5, axes=(1, 2), mode="nearest", radius=6)
    sharp = adjust.sharpen_image(image=image, amount=0.8, radius=1.5).run(CTX)
    assert np.abs(sharp.pixels[..., :3] - np.clip(colour + 0.8 * (colour - blurred), 0, 1)).max() < 1e-5
    assert np.array_equal(sharp.pixels[..., 3], image.pixels[..., 3])


def test_blurring_does_not_bleed_transparent_colours() -> None:
    pixels = np.zeros((1, 1, 9, 4), dtype=np.float32)
    pixels[..., :4] = (1, 0, 0, 1)
    pixels[:, :, 5:] = (0, 1, 0, 0)
    blurred = adjust.blur_image(image=Image(pixels), radius=1.0).run(CTX).pixels
    visible = blurred[..., 3] > 1e-3
    assert np.allclose(blurred[visible][:, :3], (1, 0, 0), atol=1e-4)
    assert 0 < blurred[0, 0, 5, 3] < 0.5 < blurred[0, 0, 4, 3] < 1
