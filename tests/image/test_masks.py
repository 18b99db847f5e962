"""Masks changed and combined; the laws of sets hold."""

from collections.abc import Callable

import numpy as np
import pytest
from nodeflow_image import masks
from scipy.ndimage import gaussian_filter

from nodeflow import Context, Mask

CTX = Context()
DrawMask = Callable[..., Mask]


def combined(first: Mask, second: Mask, operation: str) -> np.ndarray:
    return np.asarray(masks.combine_masks(first=first, second=second, operation=operation).run(CTX).values)


def hard(mask: Mask) -> Mask:
    return Mask(np.asarray(masks.threshold_mask(mask=mask).run(CTX).values))


def test_inverting_twice_is_the_same(draw_mask: DrawMask) -> None:
    mask = draw_mask(2)
    once = masks.invert_mask(mask=mask).run(CTX)
    assert np.array_equal(once.values, 1 - mask.values)
    assert np.abs(masks.invert_mask(mask=once).run(CTX).values - mask.values).max() < 1e-6


def test_hard_masks_combine_as_sets(draw_mask: DrawMask) -> None:
    first, second = hard(draw_mask(2)), hard(draw_mask(2))
    a, b = first.values == 1, second.values == 1
    sets = {"union": a | b, "intersect": a & b, "subtract": a & ~b, "exclude": a ^ b}
    for operation, expected in sets.items():
        assert np.array_equal(combined(first, second, operation), expected)


def test_soft_masks_keep_the_laws(draw_mask: DrawMask) -> None:
    a, b, empty = draw_mask(), draw_mask(), Mask(np.zeros((1, 6, 8), dtype=np.float32))
    for operation in ("union", "intersect", "exclude"):
        assert np.allclose(combined(a, b, operation), combined(b, a, operation))
    for operation in ("union", "subtract", "exclude"):
        assert np.allclose(combined(a, empty, operation), a.values)
    assert np.array_equal(combined(a, a, "union"), a.values)
    outside = masks.invert_mask(mask=Mask(combined(a, b, "union"))).run(CTX).values
    not_a, not_b = (masks.invert_mask(mask=mask).run(CTX) for mask in (a, b))
    assert np.allclose(outside, combined(not_a, not_b, "intersect"))


def test_combining_matches_batches_and_sizes(draw_mask: DrawMask) -> None:
    assert combined(draw_mask(1), draw_mask(3), "union").shape == (3, 6, 8)
    with pytest.raises(ValueError, match="batches of 2 and 3 do not match"):
        combined(draw_mask(2), draw_mask(3), "union")
    with pytest.raises(ValueError, match="sizes of first and second differ: 8x6 and 9x6"):
        combined(draw_mask(), draw_mask(width=9), "union")


def test_growing_by_nothing_changes_nothing(draw_mask: DrawMask) -> None:
    mask = draw_mask(2)
    assert np.array_equal(masks.grow_mask(mask=mask, pixels=0).run(CTX).values, mask.values)


def test_growing_and_shrinking(draw_mask: DrawMask) -> None:
    values = np.zeros((1, 9, 9), dtype=np.float32)
    values[0, 4, 4] = 1
    grown = masks.grow_mask(mask=Mask(values), pixels=2, brush="square").run(CTX)
    assert grown.values.sum() == 25
    shrunk = masks.grow_mask(mask=grown, pixels=-2, brush="square").run(CTX)
    assert np.array_equal(shrunk.values, values)
    assert masks.grow_mask(mask=Mask(values), pixels=2).run(CTX).values.sum() == 13


def test_feathering_is_a_gaussian(draw_mask: DrawMask) -> None:
    mask = draw_mask(2)
    expected = gaussian_filter(mask.values.astype(np.float64), 1.5, axes=(1, 2), mode="nearest", radius=6)
    assert np.abs(masks.feather_mask(mask=mask, radius=1.5).run(CTX).values - expected).max() < 1e-6
    assert masks.feather_mask(mask=mask, radius=0.0).run(CTX) is mask


def test_a_threshold_counts_what_reaches_it() -> None:
    mask = Mask(np.float32([[[0.0, 0.49, 0.5, 1.0]]]))
    assert masks.threshold_mask(mask=mask, threshold=0.5).run(CTX).values.tolist() == [[[0, 0, 1, 1]]]


def test_resizing(draw_mask: DrawMask) -> None:
    mask = draw_mask(2)
    assert np.array_equal(masks.resize_mask(mask=mask, width=8, height=6).run(CTX).values, mask.values)
    halved = masks.resize_mask(mask=mask, width=4, height=3, method="area").run(CTX).values
    assert np.allclose(halved, mask.values.reshape(2, 3, 2, 4, 2).mean(axis=(2, 4)), atol=1e-6)
