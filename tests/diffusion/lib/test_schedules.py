"""Schedules against diffusers, scipy and hand computation, and what holds for all of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.schedules import SCHEDULES, schedule
from nodeflow_diffusion.lib.schedules.beta import beta_cdf, beta_quantile
from nodeflow_diffusion.lib.schedules.partial import img2img_sigmas, without_penultimate
from torch import Tensor

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")

LEVELS = NoiseLevels.scaled_linear()
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
EULER = ("euler_discrete", "EulerDiscreteScheduler")
DPM = ("dpmsolver_multistep", "DPMSolverMultistepScheduler")
STEPS = pytest.mark.parametrize("steps", [1, 2, 5, 20])
NAMES = st.sampled_from(sorted(SCHEDULES))


@pytest.fixture
def theirs(in_double: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """theirs("euler_discrete", "EulerDiscreteScheduler", steps, **config): a scheduler of diffusers, in float64."""

    def made(module: str, name: str, steps: int, **config: Any) -> Any:
        scheduler = getattr(in_double(module), name)(**BETAS, **config)
        scheduler.set_timesteps(steps)
        return scheduler

    return made


def trained(scheduler: Any) -> Tensor:
    """The levels of diffusers' timesteps, float64 [1000]."""
    abar: Tensor = scheduler.alphas_cumprod
    assert abar.dtype == torch.float64
    return ((1 - abar) / abar).sqrt()


def close(ours: Tensor, expected: Tensor) -> None:
    """Schedules are computed in float64 and rounded to float32, by 6e-8."""
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours.double(), expected.double(), rtol=5e-7, atol=0)


def through(timesteps: list[int]) -> Tensor:
    return torch.tensor([float(LEVELS.sigmas[t]) for t in timesteps] + [0.0])


def test_levels_are_those_of_diffusers(theirs: Callable[..., Any]) -> None:
    close(LEVELS.sigmas, trained(theirs(*EULER, 1)))


@STEPS
@pytest.mark.parametrize("name", ["karras", "exponential"])
def test_spaced_in_sigma_as_in_diffusers(theirs: Callable[..., Any], name: str, steps: int) -> None:
    close(schedule(name)(steps, LEVELS), theirs(*DPM, steps, **{f"use_{name}_sigmas": True}).sigmas)


@pytest.mark.parametrize("steps", [2, 5, 20, 28, 112])
def test_normal_as_in_diffusers(theirs: Callable[..., Any], steps: int) -> None:
    """The timesteps of "linspace". Between whole ones diffusers interpolates sigma, and we its logarithm.

    Between neighbours whose logarithms are d apart, the first is greater, relatively by at most about d^2 / 8.
    """
    scheduler = theirs(*EULER, steps, timestep_spacing="linspace")
    ours, timesteps, levels = schedule("normal")(steps, LEVELS), scheduler.timesteps, trained(scheduler)
    close(ours, torch.cat([interpolated(levels, timesteps), torch.zeros(1)]))
    apart = levels.log().diff()[timesteps.long().clamp(max=998)]
    excess = scheduler.sigmas[:-1] / ours[:-1].double() - 1
    assert (excess > -5e-7).all()
    assert (excess < apart**2 / 7.5 + 5e-7).all()


def interpolated(levels: Tensor, timesteps: Tensor) -> Tensor:
    """Levels at fractional timesteps, linear in their logarithm."""
    logs = np.interp(timesteps.numpy(), np.arange(len(levels)), levels.log().numpy())
    return torch.from_numpy(np.exp(logs))


def test_normal_by_hand() -> None:
    """diffusers starts a single step of "linspace" at timestep 0, where nothing is left to do."""
    close(schedule("normal")(1, LEVELS), through([999]))
    low, high = (float(LEVELS.sigmas[t]) for t in (499, 500))
    close(schedule("normal")(3, LEVELS)[1:2], torch.tensor([(low * high) ** 0.5], dtype=torch.float64))


@STEPS
def test_sgm_uniform_as_in_diffusers(theirs: Callable[..., Any], steps: int) -> None:
    """The timesteps of a "linspace" with one more, but for its 0; interpolated as in `normal`."""
    scheduler = theirs(*EULER, steps + 1, timestep_spacing="linspace")
    expected = interpolated(trained(scheduler), scheduler.timesteps[:-1])
    close(schedule("sgm_uniform")(steps, LEVELS), torch.cat([expected, torch.zeros(1)]))


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 50])
def test_simple_as_in_diffusers(theirs: Callable[..., Any], steps: int) -> None:
    """ "trailing", where steps divide 1000: else diffusers rounds, and the tools that say "simple" round up."""
    close(schedule("simple")(steps, LEVELS), theirs(*EULER, steps, timestep_spacing="trailing").sigmas)


def test_simple_by_hand() -> None:
    close(schedule("simple")(7, LEVELS), through([999, 857, 714, 571, 428, 285, 142]))
    close(schedule("simple")(1000, LEVELS), through(list(range(999, -1, -1))))


@pytest.mark.parametrize("steps", [1, 2, 5, 7, 20, 30, 999])
def test_ddim_uniform_as_in_diffusers(theirs: Callable[..., Any], steps: int) -> None:
    scheduler = theirs("ddim", "DDIMScheduler", steps, timestep_spacing="leading", steps_offset=1)
    visited = trained(scheduler)[scheduler.timesteps]
    close(schedule("ddim_uniform")(steps, LEVELS), torch.cat([visited, torch.zeros(1)]))


@pytest.mark.parametrize("steps", [2, 5, 20])
def test_beta_of_diffusers_spaces_sigma(theirs: Callable[..., Any], steps: int) -> None:
    """The same quantiles, from 1 to 0, but of the range of sigma, where the paper and other tools take timesteps."""
    quantiles = beta_quantile(torch.linspace(1, 0, steps, dtype=torch.float64), 0.6, 0.6)
    levels = trained(theirs(*EULER, 1))
    expected = levels[0] + quantiles * (levels[-1] - levels[0])
    torch.testing.assert_close(theirs(*DPM, steps, use_beta_sigmas=True).sigmas[:-1], expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 100])
def test_beta_as_by_scipy(steps: int) -> None:
    p = 1 - np.linspace(0, 1, steps, endpoint=False)
    timesteps = np.rint(scipy.stats.beta.ppf(p, 0.6, 0.6) * 999).astype(int)
    close(schedule("beta")(steps, LEVELS), through(timesteps.tolist()))


def test_beta_with_more_steps_than_distinct_quantiles() -> None:
    """Few timesteps have to move, and none by much, until every timestep is taken."""
    sigmas = schedule("beta")(200, LEVELS)[:-1]
    p = 1 - np.linspace(0, 1, 200, endpoint=False)
    expected = scipy.stats.beta.ppf(p, 0.6, 0.6) * 999
    assert np.abs([LEVELS.timestep(s) for s in sigmas] - expected).max() < 3
    close(schedule("beta")(1000, LEVELS), through(list(range(999, -1, -1))))


@pytest.mark.parametrize(("a", "b"), [(0.6, 0.6), (0.5, 2.0), (3.0, 1.5), (1.0, 1.0)])
def test_beta_distribution_as_in_scipy(a: float, b: float) -> None:
    p = torch.linspace(0, 1, 101, dtype=torch.float64)
    torch.testing.assert_close(
        beta_cdf(p, a, b), torch.from_numpy(scipy.stats.beta.cdf(p, a, b)), rtol=1e-12, atol=1e-14
    )
    quantiles = torch.from_numpy(scipy.stats.beta.ppf(p[:-1], a, b))
    torch.testing.assert_close(beta_quantile(p[:-1], a, b), quantiles, rtol=1e-9, atol=1e-14)


@settings(deadline=None)
@given(NAMES, st.integers(1, 200))
def test_every_schedule(name: str, steps: int) -> None:
    sigmas = schedule(name)(steps, LEVELS)
    assert sigmas.shape == (steps + 1,)
    assert sigmas.dtype == torch.float32
    assert (sigmas.diff() < 0).all()
    assert sigmas[-1] == 0
    assert float(sigmas[0]) <= LEVELS.sigma_max
    assert float(sigmas[-2]) >= LEVELS.sigma_min


@settings(deadline=None)
@given(NAMES, st.integers(1, 20), st.floats(0.05, 1))
def test_image_to_image_ends_a_longer_schedule(name: str, steps: int, denoise: float) -> None:
    sigmas = img2img_sigmas(schedule(name), steps, denoise, LEVELS)
    assert len(sigmas) == steps + 1
    assert torch.equal(sigmas, schedule(name)(int(steps / denoise), LEVELS)[-steps - 1 :])


def test_image_to_image_at_the_ends() -> None:
    karras = schedule("karras")
    assert torch.equal(img2img_sigmas(karras, 20, 1.0, LEVELS), karras(20, LEVELS))
    assert torch.equal(img2img_sigmas(karras, 20, 0.5, LEVELS), karras(40, LEVELS)[20:])
    assert len(img2img_sigmas(karras, 20, 0.0, LEVELS)) == 0


@pytest.mark.parametrize("denoise", [-0.1, 1.1, float("nan")])
def test_denoise_out_of_range(denoise: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        img2img_sigmas(schedule("karras"), 20, denoise, LEVELS)


def test_too_little_denoising_for_whole_timesteps() -> None:
    message = "denoise 0.01 makes 20 steps the end of 2000; 2000 steps: must be at least 1 and at most 1000"
    with pytest.raises(ValueError, match=message):
        img2img_sigmas(schedule("simple"), 20, 0.01, LEVELS)


@settings(deadline=None)
@given(NAMES, st.integers(1, 30))
def test_without_penultimate(name: str, steps: int) -> None:
    sigmas, longer = without_penultimate(schedule(name))(steps, LEVELS), schedule(name)(steps + 1, LEVELS)
    assert sigmas.tolist() == [*longer[:-2].tolist(), 0.0]


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps(name: str, steps: int) -> None:
    with pytest.raises(ValueError, match=f"{steps} steps: must be at least 1"):
        schedule(name)(steps, LEVELS)


@pytest.mark.parametrize(("name", "most"), [("simple", 1000), ("beta", 1000), ("ddim_uniform", 999)])
def test_more_steps_than_timesteps(name: str, most: int) -> None:
    with pytest.raises(ValueError, match=f"{most + 1} steps: must be at least 1 and at most {most}"):
        schedule(name)(most + 1, LEVELS)


def test_unknown_schedule() -> None:
    with pytest.raises(ValueError, match=r"^no schedule 'karas'; did you mean 'karras'\?$"):
        schedule("karas")
    with pytest.raises(ValueError, match=r"^no schedule ''; there are normal, karras, .*, beta$"):
        schedule("")


def test_names_need_no_torch() -> None:
    code = (
        "import sys; from nodeflow_diffusion.lib import samplers, schedules;"
        "assert samplers.SAMPLERS and schedules.SCHEDULES and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
