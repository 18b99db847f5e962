"""The noise levels of Stable Diffusion, and the way between timesteps and sigmas."""

from __future__ import annotations

import math

import pytest
import torch
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.noise_levels import NoiseLevels

LEVELS = NoiseLevels.scaled_linear()


def test_those_of_stable_diffusion() -> None:
    assert len(LEVELS) == 1000
    assert LEVELS.sigma_min == pytest.approx(0.0292, abs=5e-5)
    assert LEVELS.sigma_max == pytest.approx(14.6146, abs=5e-5)


def test_same_as_diffusers() -> None:
    """diffusers multiplies a thousand factors in float32, hence the tolerance."""
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    torch.testing.assert_close(LEVELS.sigmas, scheduler.sigmas[:-1].flip(0), rtol=1e-4, atol=0)
    theirs = NoiseLevels.from_alphas_cumprod(scheduler.alphas_cumprod)
    torch.testing.assert_close(theirs.sigmas, scheduler.sigmas[:-1].flip(0), rtol=1e-5, atol=0)


def test_other_spacings_by_hand() -> None:
    levels = NoiseLevels.scaled_linear(0.25, 0.25, 3)
    expected = [math.sqrt((1 - 0.75**k) / 0.75**k) for k in (1, 2, 3)]
    assert levels.sigmas.tolist() == pytest.approx(expected)


def test_whole_timesteps_are_exact() -> None:
    t = torch.arange(1000)
    assert torch.equal(LEVELS.sigma(t).float(), LEVELS.sigmas)
    assert [LEVELS.timestep(s) for s in LEVELS.sigmas[::37]] == t[::37].tolist()


def test_log_linear_between() -> None:
    low, high = LEVELS.sigmas[10:12].tolist()
    assert LEVELS.sigma(10.5).item() == pytest.approx(math.sqrt(low * high), rel=1e-12)
    assert LEVELS.sigma(10.25).item() == pytest.approx(low**0.75 * high**0.25, rel=1e-12)
    assert LEVELS.timestep(math.sqrt(low * high)) == pytest.approx(10.5, rel=1e-12)


@settings(deadline=None)
@given(st.floats(0, 999))
def test_timestep_inverts_sigma(t: float) -> None:
    assert LEVELS.timestep(LEVELS.sigma(t)) == pytest.approx(t, rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(st.floats(0, 999), st.floats(0, 999))
def test_sigma_ascends(a: float, b: float) -> None:
    if a < b:
        assert LEVELS.sigma(a) <= LEVELS.sigma(b)


def test_sigmas_beyond_the_trained_ones() -> None:
    assert LEVELS.timestep(1e-6) == 0
    assert LEVELS.timestep(1e6) == 999
    assert LEVELS.timestep(math.inf) == 999


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan])
def test_a_sigma_must_be_positive(sigma: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        LEVELS.timestep(sigma)


@pytest.mark.parametrize("t", [-0.1, 999.1, math.nan])
def test_a_timestep_must_be_trained(t: float) -> None:
    with pytest.raises(ValueError, match=r"outside \[0, 999\]"):
        LEVELS.sigma(t)


@pytest.mark.parametrize("abar", [[0.9, 0.0], [1.0, 0.5], [0.9, math.nan]])
def test_alphas_cumprod_must_leave_signal_and_noise(abar: list[float]) -> None:
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\)"):
        NoiseLevels.from_alphas_cumprod(torch.tensor(abar))


def test_levels_must_ascend() -> None:
    with pytest.raises(ValueError, match="must ascend"):
        NoiseLevels(torch.tensor([2.0, 1.0]))
    with pytest.raises(ValueError, match="at least two"):
        NoiseLevels(torch.tensor([1.0]))
    with pytest.raises(ValueError, match="positive and finite"):
        NoiseLevels(torch.tensor([0.0, 1.0]))
