"""Noise: the same for the same seed, normal, and for Brownian paths with the covariance of one."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise

MANY = 40_000  # so that a correlation has the standard error 0.005
LEVELS = [torch.tensor(s) for s in (14.6146, 9.0, 4.0, 1.5, 0.3, 0.0292)]


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a * b).mean())


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**63, 2**64 - 1])
def test_initial_noise_is_what_torch_draws(seed: int) -> None:
    torch.manual_seed(seed)
    expected = torch.randn(2, 4, 8, 8)
    noise = initial_noise((2, 4, 8, 8), seed)
    assert torch.equal(noise, expected)
    assert noise.dtype == torch.float32


def test_initial_noise_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    initial_noise((1, 4, 8, 8), 5)
    BrownianNoise((1, 4, 8, 8), 5)(LEVELS[0], LEVELS[1])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seeds_out_of_range(seed: int) -> None:
    with pytest.raises(ValueError, match=rf"seed {seed}: must be at least 0 and below 2\*\*64"):
        initial_noise((1,), seed)
    with pytest.raises(ValueError, match="must be at least 0"):
        BrownianNoise((1,), seed)


def test_increments_are_standard_normal_and_independent() -> None:
    noise = BrownianNoise((MANY,), 1)
    increments = [noise(a, b) for a, b in itertools.pairwise(LEVELS)]
    for z in increments:
        assert abs(float(z.mean())) < 0.025
        assert float(z.std()) == pytest.approx(1, abs=0.02)
        assert float((z**4).mean()) == pytest.approx(3, abs=0.3)
    for a, b in itertools.combinations([*increments, initial_noise((MANY,), 1)], 2):
        assert abs(correlation(a, b)) < 0.025


def test_overlapping_intervals_belong_to_one_path() -> None:
    """W(c) - W(a) is the sum of its parts, and shares sqrt(part / whole) of its deviation with a part."""
    noise = BrownianNoise((MANY,), 2)
    for a, b, c in itertools.combinations(LEVELS, 3):
        whole, first, second = noise(a, c), noise(a, b), noise(b, c)
        together = (first * (a - b).sqrt() + second * (b - c).sqrt()) / (a - c).sqrt()
        torch.testing.assert_close(whole, together, atol=2e-3, rtol=0)
        assert correlation(whole, first) == pytest.approx(math.sqrt((a - b) / (a - c)), abs=0.03)


def test_the_path_does_not_depend_on_the_questions() -> None:
    pairs = list(itertools.pairwise(LEVELS))
    first, second = BrownianNoise((2, 3), 2**64 - 1), BrownianNoise((2, 3), 2**64 - 1)
    expected = [first(*pair) for pair in pairs]
    for i in (4, 1, 3, 0, 2):
        second(LEVELS[0], LEVELS[-1])
        assert torch.equal(second(*pairs[i]), expected[i])


def test_finer_steps_follow_the_same_path() -> None:
    noise = BrownianNoise((50,), 3)
    fine = torch.logspace(1, -1, 65)
    parts = sum(noise(a, b) * (a - b).sqrt() for a, b in itertools.pairwise(fine))
    torch.testing.assert_close(parts / (fine[0] - fine[-1]).sqrt(), noise(fine[0], fine[-1]), atol=2e-3, rtol=0)


def test_seeds_differ_even_above_what_torch_looks_at() -> None:
    a, b = BrownianNoise((MANY,), 1)(*LEVELS[:2]), BrownianNoise((MANY,), 1 + 2**32)(*LEVELS[:2])
    assert abs(correlation(a, b)) < 0.025


def test_dtype() -> None:
    noise = BrownianNoise((2, 3), 0, device="cpu", dtype=torch.float64)
    z = noise(*LEVELS[:2])
    assert z.dtype == torch.float64
    assert torch.equal(z.float(), BrownianNoise((2, 3), 0)(*LEVELS[:2]))


def test_levels_without_noise_between() -> None:
    noise = BrownianNoise((2,), 0)
    with pytest.raises(ValueError, match="too close"):
        noise(torch.tensor(1.0), torch.tensor(1.0))
    for sigma in (0.0, 1e-5, 1e5, math.nan):
        with pytest.raises(ValueError, match="noise is defined between"):
            noise(torch.tensor(1.0), torch.tensor(sigma))
