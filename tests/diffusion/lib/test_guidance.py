"""Guidance by closed form, with toy models whose calls are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.guidance import Conditioned, Guided
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from torch import Tensor

SIGMA = torch.tensor(1.0)


@dataclass
class Toy:
    """Its estimate is the mean of the context (and of the vector), plus a hundredth of x."""

    levels: NoiseLevels = field(default_factory=NoiseLevels.scaled_linear)
    calls: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, x: Tensor, sigma: float | Tensor, context: Tensor, vector: Tensor | None = None) -> Tensor:
        self.calls.append((*x.shape, context.shape[1]))
        assert len(context) == len(x)
        assert float(sigma) > 0
        level = context.mean(dim=(1, 2)) + (0 if vector is None else vector.mean(dim=1))
        return level[:, None, None, None] + x / 100


def says(value: float, tokens: int = 4) -> Tensor:
    return torch.full((1, tokens, 3), float(value))


def guided(toy: Toy, x: Tensor, positive: list[Conditioned], negative: list[Conditioned], cfg: float = 1.0) -> Tensor:
    return Guided(toy, positive, negative, cfg)(x, SIGMA) - x / 100


@settings(deadline=None)
@given(st.floats(0, 20), st.floats(-5, 5), st.floats(-5, 5))
def test_both_sides_in_one_call(cfg: float, c: float, u: float) -> None:
    toy, x = Toy(), torch.randn(2, 4, 3, 5)
    out = guided(toy, x, [Conditioned(says(c))], [Conditioned(says(u))], cfg)
    assert torch.allclose(out, torch.full_like(out, u + cfg * (c - u)), atol=1e-3)
    assert toy.calls == ([(4, 4, 3, 5, 4)] if cfg != 1 else [(2, 4, 3, 5, 4)])


def test_without_guidance_the_negative_is_not_asked() -> None:
    toy, x = Toy(), torch.randn(1, 4, 2, 2)
    assert torch.allclose(guided(toy, x, [Conditioned(says(3))], [Conditioned(says(9))]), torch.tensor(3.0))
    assert toy.calls == [(1, 4, 2, 2, 4)]


def test_a_side_that_is_not_there_is_stood_in_for() -> None:
    x = torch.randn(1, 4, 2, 2)
    assert torch.allclose(guided(Toy(), x, [Conditioned(says(3))], [], 7.0), torch.tensor(3.0), atol=1e-5)
    assert torch.allclose(guided(Toy(), x, [], [Conditioned(says(9))], 7.0), torch.tensor(9.0), atol=1e-5)


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing conditions a part of the picture"):
        guided(Toy(), torch.zeros(1, 4, 2, 2), [], [], 7.0)


def test_strengths_weigh_the_average() -> None:
    toy, x = Toy(), torch.randn(1, 4, 2, 2)
    positive = [Conditioned(says(1), strength=3.0), Conditioned(says(5), strength=1.0)]
    assert torch.allclose(guided(toy, x, positive, []), torch.tensor(2.0), atol=1e-5)
    assert toy.calls == [(2, 4, 2, 2, 4)]


def test_areas_are_cut_out_and_put_back() -> None:
    toy, x = Toy(), torch.randn(2, 4, 4, 6)
    positive = [Conditioned(says(1)), Conditioned(says(5), area=(1, 2, 2, 3), strength=3.0)]
    out = guided(toy, x, positive, [])
    expected = torch.ones_like(out)
    expected[..., 1:3, 2:5] = (1 + 3 * 5) / 4
    assert torch.allclose(out, expected, atol=1e-5)
    assert toy.calls == [(2, 4, 4, 6, 4), (2, 4, 2, 3, 4)]


def test_areas_of_one_size_go_in_one_call() -> None:
    toy, x = Toy(), torch.randn(1, 4, 4, 4)
    halves = [Conditioned(says(1), area=(0.0, 0.0, 1.0, 0.5)), Conditioned(says(2), area=(0.0, 0.5, 1.0, 0.5))]
    out = guided(toy, x, halves, [])
    assert torch.allclose(out[..., :2], torch.tensor(1.0), atol=1e-5)
    assert torch.allclose(out[..., 2:], torch.tensor(2.0), atol=1e-5)
    assert toy.calls == [(2, 4, 4, 2, 4)]


def test_outside_all_areas_the_negative_stands_in_even_without_guidance() -> None:
    out = guided(Toy(), torch.randn(1, 4, 4, 4), [Conditioned(says(1), area=(0, 0, 2, 4))], [Conditioned(says(7))])
    assert torch.allclose(out[..., :2, :], torch.tensor(1.0), atol=1e-5)
    assert torch.allclose(out[..., 2:, :], torch.tensor(7.0), atol=1e-5)


def test_masks_weigh_positions() -> None:
    mask = torch.tensor([[1.0, 0.0], [0.5, 0.0]])
    positive = [Conditioned(says(1)), Conditioned(says(4), mask=mask)]
    out = guided(Toy(), torch.randn(1, 4, 2, 2), positive, [])
    assert torch.allclose(out[0, 0], torch.tensor([[2.5, 1.0], [2.0, 1.0]]), atol=1e-5)


def test_each_picture_may_have_a_mask_and_a_context() -> None:
    mask = torch.tensor([0.0, 1.0])[:, None, None].expand(2, 2, 2)
    positive = [Conditioned(torch.cat([says(1), says(2)])), Conditioned(says(4), mask=mask)]
    out = guided(Toy(), torch.randn(2, 4, 2, 2), positive, [])
    assert torch.allclose(out[0], torch.tensor(1.0), atol=1e-5)
    assert torch.allclose(out[1], torch.tensor(3.0), atol=1e-5)


@pytest.mark.parametrize(("sigma", "expected"), [(14.6, 1.0), (20.0, 1.0), (3.0, 1.5), (0.0292, 2.0), (0.001, 2.0)])
def test_times(sigma: float, expected: float) -> None:
    """The first holds for the first 7 tenths of the timesteps, the second from the second tenth on."""
    toy, x = Toy(), torch.zeros(1, 4, 2, 2)
    positive = [Conditioned(says(1), end=0.7), Conditioned(says(2), start=0.2)]
    assert torch.allclose(Guided(toy, positive)(x, torch.tensor(sigma)), torch.tensor(expected))


def test_contexts_of_unequal_length_are_repeated() -> None:
    toy, x = Toy(), torch.randn(1, 4, 2, 2)
    out = guided(toy, x, [Conditioned(says(3, tokens=6))], [Conditioned(says(1, tokens=4))], 2.0)
    assert torch.allclose(out, torch.tensor(5.0), atol=1e-5)
    assert toy.calls == [(2, 4, 2, 2, 12)]


def test_lengths_with_little_in_common_go_in_calls_of_their_own() -> None:
    toy, x = Toy(), torch.randn(1, 4, 2, 2)
    out = guided(toy, x, [Conditioned(says(3, tokens=17))], [Conditioned(says(1, tokens=19))], 2.0)
    assert torch.allclose(out, torch.tensor(5.0), atol=1e-5)
    assert toy.calls == [(1, 4, 2, 2, 17), (1, 4, 2, 2, 19)]


def test_vectors_go_with_their_contexts() -> None:
    toy, x = Toy(), torch.randn(1, 4, 2, 2)
    positive, negative = (Conditioned(says(v), torch.full((1, 2), 10 * v)) for v in (3.0, 1.0))
    assert torch.allclose(guided(toy, x, [positive], [negative], 2.0), torch.tensor(55.0), atol=1e-4)
    assert len(toy.calls) == 1


def test_a_strength_of_zero_is_not_asked() -> None:
    toy = Toy()
    guided(toy, torch.zeros(1, 4, 2, 2), [Conditioned(says(1)), Conditioned(says(2), strength=0.0)], [])
    assert toy.calls == [(1, 4, 2, 2, 4)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strength": -1.0}, "strength -1.0: must be at least 0"),
        ({"strength": float("nan")}, "strength nan: must be at least 0"),
        ({"start": 0.5, "end": 0.2}, "start 0.5 and end 0.2"),
        ({"context": torch.zeros(4, 3)}, r"context of shape \[4, 3\]"),
    ],
)
def test_refusals(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Conditioned(**{"context": says(1), **changes})  # type: ignore[arg-type]


def test_a_context_of_another_batch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"context of shape \[2, 4, 3\] for a batch of 3"):
        guided(Toy(), torch.zeros(3, 4, 2, 2), [Conditioned(says(1).expand(2, -1, -1))], [])
