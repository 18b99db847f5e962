"""Blending and compositing: what masks of 0 and 1 do, where a top lands, and what must match."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image.layers import BlendImages, composite_image

from nodeflow import Context, Image, Mask

QUICK = settings(max_examples=50, deadline=None)
DrawImage = Callable[..., Image]
DrawMask = Callable[..., Mask]


def plain(value: float, batch: int = 1, height: int = 6, width: int = 8) -> Mask:
    return Mask(np.full((batch, height, width), value, dtype=np.float32))


def test_a_mask_of_zero_is_the_base_and_of_one_the_top(ctx: Context, draw_image: DrawImage) -> None:
    base, top = draw_image(2), draw_image(2)
    for value, expected in ((0.0, base), (1.0, top)):
        blended = BlendImages(base=base, top=top, mask=plain(value)).run(ctx)
        assert np.allclose(blended.pixels, expected.pixels, atol=1e-6)
        composed = composite_image(base=base, top=top, mask=plain(value)).run(ctx)
        assert np.allclose(composed.pixels, expected.pixels, atol=1e-6)


def test_the_factor_mixes(ctx: Context, draw_image: DrawImage, draw_mask: DrawMask) -> None:
    base, top, mask = draw_image(), draw_image(), draw_mask()
    blended = BlendImages(base=base, top=top, mode="multiply", factor=0.25, mask=mask).run(ctx)
    amount = 0.25 * mask.values[..., None]
    expected = base.pixels * (1 - amount) + base.pixels * top.pixels * amount
    assert np.allclose(blended.pixels, expected, atol=1e-6)


@pytest.mark.parametrize(("base_channels", "top_channels"), [(3, 3), (3, 4), (4, 3), (4, 4)])
def test_the_result_has_the_channels_of_the_base(
    ctx: Context, draw_image: DrawImage, base_channels: int, top_channels: int
) -> None:
    base, top = draw_image(channels=base_channels), draw_image(channels=top_channels)
    for node in (BlendImages(base=base, top=top, factor=0.5), composite_image(base=base, top=top)):
        assert node.run(ctx).pixels.shape == base.pixels.shape


def test_a_transparent_top_shows_the_base(ctx: Context, draw_image: DrawImage) -> None:
    base, top = draw_image(), draw_image(channels=4)
    expected = base.pixels + (top.pixels[..., :3] - base.pixels) * top.pixels[..., 3:]
    assert np.allclose(composite_image(base=base, top=top).run(ctx).pixels, expected, atol=1e-6)


@QUICK
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 7), st.integers(1, 7))
def test_the_top_lands_where_it_is_put(x: int, y: int, width: int, height: int) -> None:
    random = np.random.default_rng(0)
    base, top = (random.random((1, *size, 3), dtype=np.float32) for size in ((5, 6), (height, width)))
    expected = base.copy()
    for row in range(height):
        for column in range(width):
            if 0 <= row + y < 5 and 0 <= column + x < 6:
                expected[:, row + y, column + x] = top[:, row, column]
    result = composite_image(base=Image(base), top=Image(top), x=x, y=y).run(Context())
    assert np.allclose(result.pixels, expected, atol=1e-6)


@pytest.mark.parametrize(("base", "top", "mask", "result"), [(1, 1, 3, 3), (3, 1, 1, 3), (1, 3, 1, 3), (3, 3, 3, 3)])
def test_a_batch_of_one_is_repeated(
    ctx: Context, draw_image: DrawImage, draw_mask: DrawMask, base: int, top: int, mask: int, result: int
) -> None:
    layers = {"base": draw_image(base), "top": draw_image(top), "mask": draw_mask(mask)}
    for node in (BlendImages(**layers), composite_image(**layers)):
        assert len(node.run(ctx).pixels) == result


@pytest.mark.parametrize(
    ("base", "top", "mask", "what"),
    [(2, 3, 1, "2 and 3 do not match .base and top"), (2, 2, 3, "2 and 3 do not match .images and mask")],
)
def test_batches_that_do_not_match_are_refused(
    ctx: Context, draw_image: DrawImage, draw_mask: DrawMask, base: int, top: int, mask: int, what: str
) -> None:
    layers = {"base": draw_image(base), "top": draw_image(top), "mask": draw_mask(mask)}
    for node in (BlendImages(**layers), composite_image(**layers)):
        with pytest.raises(ValueError, match=what):
            node.run(ctx)


def test_sizes_that_differ_are_refused(ctx: Context, draw_image: DrawImage, draw_mask: DrawMask) -> None:
    base, small = draw_image(), draw_image(width=4)
    with pytest.raises(ValueError, match="sizes of base and top differ: 8x6 and 4x6; resize or crop one first"):
        BlendImages(base=base, top=small).run(ctx)
    with pytest.raises(ValueError, match="sizes of base and mask differ"):
        BlendImages(base=base, top=base, mask=draw_mask(height=5)).run(ctx)
    with pytest.raises(ValueError, match="sizes of top and mask differ: 4x6 and 8x6"):
        composite_image(base=base, top=small, mask=draw_mask()).run(ctx)
