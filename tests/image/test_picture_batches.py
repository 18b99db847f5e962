"""Batches put together and taken apart."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_image.batches import get_from_batch, image_batch

from nodeflow import Context, Image

CTX = Context()
DrawImage = Callable[..., Image]


def test_a_batch_comes_apart_as_it_was_put_together(draw_image: DrawImage) -> None:
    first, second = draw_image(2), draw_image(3)
    batch = image_batch(first=first, second=second).run(CTX)
    assert len(batch.pixels) == 5
    assert np.array_equal(get_from_batch(image=batch, index=0, length=2).run(CTX).pixels, first.pixels)
    assert np.array_equal(get_from_batch(image=batch, index=2, length=3).run(CTX).pixels, second.pixels)


def test_a_picture_without_alpha_becomes_opaque_beside_one_with(draw_image: DrawImage) -> None:
    plain, clear = draw_image(), draw_image(channels=4)
    for first, second in ((plain, clear), (clear, plain)):
        batch = image_batch(first=first, second=second).run(CTX)
        assert batch.pixels.shape == (2, 6, 8, 4)
    assert np.array_equal(batch.pixels[1, ..., :3], plain.pixels[0])
    assert (batch.pixels[1, ..., 3] == 1).all()


def test_sizes_must_agree(draw_image: DrawImage) -> None:
    with pytest.raises(ValueError, match="sizes of first and second differ: 8x6 and 8x5"):
        image_batch(first=draw_image(), second=draw_image(height=5)).run(CTX)


@pytest.mark.parametrize(("index", "length"), [(3, 1), (2, 2), (0, 4)])
def test_what_is_not_there_is_refused(draw_image: DrawImage, index: int, length: int) -> None:
    with pytest.raises(ValueError, match=rf"pictures {index}\.\.{index + length - 1} of a batch of 3; the last is 2"):
        get_from_batch(image=draw_image(3), index=index, length=length).run(CTX)
