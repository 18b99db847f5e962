"""Areas and masks of a latent."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.region import Area, Box, box_of, resized_mask, weight_of


@pytest.mark.parametrize(
    ("area", "box"),
    [
        (None, Box(0, 0, 8, 12)),
        ((1, 2, 3, 4), Box(1, 2, 3, 4)),
        ((0.25, 0.5, 0.5, 0.25), Box(2, 6, 4, 3)),
        ((0.0, 0.0, 1.0, 1.0), Box(0, 0, 8, 12)),
        ((-2, -3, 5, 5), Box(0, 0, 3, 2)),
        ((6, 10, 50, 50), Box(6, 10, 2, 2)),
    ],
)
def test_boxes_by_hand(area: Area | None, box: Box) -> None:
    assert box_of(area, 8, 12) == box


@settings(deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 4))
def test_fractions_stay_inside(area: tuple[float, float, float, float]) -> None:
    try:
        box = box_of(area, 8, 12)
    except ValueError as error:
        assert "has no part in a latent of 8 by 12" in str(error)  # noqa: PT017 (it may or may not raise)
        return
    assert 0 <= box.y < box.y + box.height <= 8
    assert 0 <= box.x < box.x + box.width <= 12


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (1, 1, 2, 3)])
def test_masks_in_three_shapes(shape: tuple[int, ...]) -> None:
    mask = torch.rand(2, 3)
    assert torch.equal(resized_mask(mask.view(shape), torch.zeros(5, 4, 2, 3)), mask[None, None])


def test_a_larger_mask_is_averaged() -> None:
    mask = torch.zeros(16, 16)
    mask[:, :8] = 1
    small = resized_mask(mask, torch.zeros(1, 4, 2, 2))[0, 0]
    assert torch.allclose(small, torch.tensor([[1.0, 0.0], [1.0, 0.0]]), atol=0.2)
    assert float(small.mean()) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (1, 3, 2, 3), (1, 1, 1, 2, 3)])
def test_other_masks_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must be"):
        resized_mask(torch.zeros(shape), torch.zeros(5, 4, 2, 3))


def test_weights_are_strength_times_mask() -> None:
    x, mask = torch.zeros(1, 4, 2, 2), torch.tensor([[0.0, 1.0], [0.5, 0.25]])
    assert weight_of(mask, 2.0, Box(0, 1, 2, 1), x).flatten().tolist() == [2.0, 0.5]
    assert weight_of(None, 2.0, Box(0, 1, 2, 1), x).flatten().tolist() == [2.0, 2.0]
