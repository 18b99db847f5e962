"""Sizes, frames and directions, against numpy's own slices and turns."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image import transform

from nodeflow import Context, Image

QUICK = settings(max_examples=30, deadline=None)
CTX = Context()
DrawImage = Callable[..., Image]


def sized(height: int, width: int) -> Image:
    return Image(np.random.default_rng(0).random((1, height, width, 3), dtype=np.float32))


@pytest.mark.parametrize(
    ("width", "height", "size"), [(4, 3, (4, 3)), (4, 0, (4, 3)), (0, 12, (16, 12)), (0, 1, (1, 1)), (8, 6, (8, 6))]
)
def test_resize_to_a_size(draw_image: DrawImage, width: int, height: int, size: tuple[int, int]) -> None:
    resized = transform.resize_image(image=draw_image(2), width=width, height=height).run(CTX)
    assert resized.size == size
    assert len(resized.pixels) == 2


def test_resize_needs_a_side(draw_image: DrawImage) -> None:
    with pytest.raises(ValueError, match="width 0 and height 0 leave no size"):
        transform.resize_image(image=draw_image(), width=0, height=0).run(CTX)


def test_resize_refuses_what_fits_no_memory(draw_image: DrawImage) -> None:
    with pytest.raises(ValueError, match="2 pictures of 16384x16384 pixels are more than"):
        transform.resize_image(image=draw_image(2), width=16384, height=16384).run(CTX)
    with pytest.raises(ValueError, match=r"16384x24576 pixels; both sides must be within 1\.\.16384"):
        transform.resize_image(image=sized(3, 2), width=16384, height=0).run(CTX)


@QUICK
@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.1, 3))
def test_scaling_rounds_both_sides(height: int, width: int, factor: float) -> None:
    scaled = transform.scale_image(image=sized(height, width), factor=factor, method="nearest").run(CTX)
    assert scaled.size == (max(1, round(width * factor)), max(1, round(height * factor)))


def test_scaling_by_one_changes_nothing(draw_image: DrawImage) -> None:
    image = draw_image(2, channels=4)
    assert np.array_equal(transform.scale_image(image=image, factor=1.0).run(CTX).pixels, image.pixels)


def test_cropping_is_slicing(draw_image: DrawImage) -> None:
    image = draw_image(2, channels=4)
    cropped = transform.crop_image(image=image, x=3, y=1, width=5, height=2).run(CTX)
    assert np.array_equal(cropped.pixels, image.pixels[:, 1:3, 3:8])


@pytest.mark.parametrize(("x", "y", "width", "height"), [(4, 0, 5, 1), (0, 5, 1, 2), (8, 0, 1, 1)])
def test_cropping_outside_is_refused(draw_image: DrawImage, x: int, y: int, width: int, height: int) -> None:
    message = rf"a rectangle of {width}x{height} at \({x}, {y}\) does not lie within the picture of 8x6"
    with pytest.raises(ValueError, match=message):
        transform.crop_image(image=draw_image(), x=x, y=y, width=width, height=height).run(CTX)


def test_padding_keeps_the_picture_and_selects_the_margins(draw_image: DrawImage) -> None:
    image = draw_image(2, channels=4)
    padded, mask = transform.pad_image(image=image, left=1, top=2, right=3, bottom=0, feather=0, color="#ff0080").run(
        CTX
    )
    assert padded.size == (12, 8)
    assert np.array_equal(padded.pixels[:, 2:, 1:9], image.pixels)
    assert np.allclose(padded.pixels[:, :2], (1, 0, 128 / 255, 1))
    selected = np.ones((2, 8, 12))
    selected[:, 2:, 1:9] = 0
    assert np.array_equal(mask.values, selected)


def test_the_padding_mask_fades_from_padded_sides_only() -> None:
    _, mask = transform.pad_image(image=sized(5, 6), left=2, feather=3).run(CTX)
    row = [1, 1, 0.75, 0.5, 0.25, 0, 0, 0]
    assert np.allclose(mask.values, np.tile(np.float32(row), (1, 5, 1)))


def test_padding_by_nothing_changes_nothing(draw_image: DrawImage) -> None:
    image = draw_image()
    padded, mask = transform.pad_image(image=image).run(CTX)
    assert np.array_equal(padded.pixels, image.pixels)
    assert not mask.values.any()


@pytest.mark.parametrize(("direction", "axis"), [("horizontal", 2), ("vertical", 1)])
def test_flipping_twice_is_the_same(draw_image: DrawImage, direction: str, axis: int) -> None:
    image = draw_image(2, channels=4)
    once = transform.flip_image(image=image, direction=direction).run(CTX)
    twice = transform.flip_image(image=once, direction=direction).run(CTX)
    assert np.array_equal(once.pixels, np.flip(image.pixels, axis))
    assert np.array_equal(twice.pixels, image.pixels)


def test_a_quarter_turn_is_clockwise() -> None:
    image = sized(2, 3)
    turned = transform.rotate_image(image=image, turns=1).run(CTX)
    assert turned.size == (2, 3)
    assert np.array_equal(turned.pixels[0, 0, -1], image.pixels[0, 0, 0])  # left top goes to right top


@QUICK
@given(st.integers(-3, 3))
def test_turning_back_is_the_same(turns: int) -> None:
    image = sized(2, 3)
    turned = transform.rotate_image(image=image, turns=turns).run(CTX)
    assert np.array_equal(transform.rotate_image(image=turned, turns=-turns).run(CTX).pixels, image.pixels)


def test_the_size(draw_image: DrawImage) -> None:
    size = transform.image_size(image=draw_image(3, channels=4)).run(CTX)
    assert size._asdict() == {"width": 8, "height": 6, "batch": 3}
    assert all(type(value) is int for value in size)
