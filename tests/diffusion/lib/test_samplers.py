"""What holds for every sampler: on every schedule, and on Gaussian data, where the exact answer is known.

For data N(m, s^2) the ideal denoiser is D(x, sigma) = (s^2 x + sigma^2 m) / (s^2 + sigma^2), and the flow of the
ODE takes x to m + (x - m) sqrt((s^2 + sigma_next^2) / (s^2 + sigma^2)).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.samplers import DISCARDS_PENULTIMATE, SAMPLERS, sampler
from nodeflow_diffusion.lib.samplers.dpmpp_sde import dpmpp_2m_sde
from nodeflow_diffusion.lib.samplers.lms import adams_bashforth
from nodeflow_diffusion.lib.sampling import Sampler, Step, run
from nodeflow_diffusion.lib.schedules import SCHEDULES, schedule
from torch import Tensor

LEVELS = NoiseLevels.scaled_linear()
SHAPE = (1, 2, 2, 2)
MEAN, DEVIATION = 0.5, 0.8
STOCHASTIC = [
    "euler_ancestral",
    "dpm_2_ancestral",
    "dpmpp_2s_ancestral",
    "dpmpp_sde",
    "dpmpp_2m_sde",
    "dpmpp_3m_sde",
    "ddpm",
    "lcm",
]


def toy(x: Tensor, sigma: Tensor) -> Tensor:
    return torch.tanh(x / (1 + sigma**2).sqrt())


def gaussian(x: Tensor, sigma: Tensor) -> Tensor:
    return (DEVIATION**2 * x + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2)


def flowed(x: Tensor, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    return MEAN + (x - MEAN) * ((DEVIATION**2 + sigma_next**2) / (DEVIATION**2 + sigma**2)).sqrt()


def silence(_: Tensor, __: Tensor) -> Tensor:
    pytest.fail("a deterministic sampler asked for noise")


def steps_of(name: str, sigmas: Tensor, seed: int) -> list[Step]:
    x = sigmas[0] * initial_noise(SHAPE, seed)
    return list(sampler(name)(toy, x, sigmas, BrownianNoise(SHAPE, seed)))


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(SAMPLERS)),
    st.sampled_from(sorted(SCHEDULES)),
    st.integers(1, 30),
    st.integers(0, 2**64 - 1),
)
def test_every_sampler_on_every_schedule(name: str, spacing: str, steps: int, seed: int) -> None:
    sigmas = schedule(spacing)(steps, LEVELS)
    first, second = steps_of(name, sigmas, seed), steps_of(name, sigmas, seed)
    assert [step.index for step in first] == list(range(steps))
    assert torch.equal(torch.stack([step.sigma for step in first]), sigmas[1:])
    for a, b in zip(first, second, strict=True):
        assert a.x.shape == a.denoised.shape == SHAPE
        assert a.x.dtype == a.denoised.dtype == torch.float32
        assert a.x.isfinite().all()
        assert torch.equal(a.x, b.x)
        assert torch.equal(a.denoised, b.denoised)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("ending", [0.0, 0.5])
def test_nothing_is_written_to(name: str, ending: float) -> None:
    sigmas = torch.tensor([10.0, 5.0, 2.0, 1.0, ending])
    x = sigmas[0] * initial_noise(SHAPE, 0)
    kept_sigmas, kept_x = sigmas.clone(), x.clone()
    seen: list[tuple[Tensor, Tensor]] = []
    for step in sampler(name)(toy, x, sigmas, BrownianNoise(SHAPE, 0)):
        seen += [(tensor, tensor.clone()) for tensor in (step.x, step.denoised)]
    assert torch.equal(x, kept_x)
    assert torch.equal(sigmas, kept_sigmas)
    assert all(torch.equal(now, then) for now, then in seen)


@pytest.mark.parametrize("name", SAMPLERS)
def test_one_step_gives_the_denoised_estimate(name: str) -> None:
    sigmas, x = torch.tensor([10.0, 0.0]), 10 * initial_noise(SHAPE, 0)
    torch.testing.assert_close(run(sampler(name), toy, x, sigmas, silence), toy(x, sigmas[0]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("sigmas", [torch.zeros(0), torch.ones(1)])
def test_an_empty_run_gives_x(name: str, sigmas: Tensor) -> None:
    x = initial_noise(SHAPE, 0)
    assert run(sampler(name), toy, x, sigmas, silence) is x


@pytest.mark.parametrize("name", SAMPLERS)
def test_nothing_is_computed_ahead(name: str) -> None:
    """A run that is cancelled after a step has paid for that step alone."""
    calls = itertools.count()

    def counted(x: Tensor, sigma: Tensor) -> Tensor:
        next(calls)
        return toy(x, sigma)

    sigmas = schedule("karras")(10, LEVELS)
    generator = sampler(name)(counted, initial_noise(SHAPE, 0), sigmas, BrownianNoise(SHAPE, 0))
    assert next(calls) == 0
    next(iter(generator))
    assert next(calls) <= 3


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_x_keeps_its_dtype(name: str, dtype: torch.dtype) -> None:
    x = initial_noise(SHAPE, 0).to(dtype)
    out = run(sampler(name), toy, x, torch.tensor([3.0, 2.0, 1.0, 0.5, 0.0]), BrownianNoise(SHAPE, 0, dtype=dtype))
    assert out.dtype == dtype
    assert out.isfinite().all()


def finest(name: str, **options: float) -> Sampler:
    return partial(sampler(name), **options) if options else sampler(name)


@pytest.mark.parametrize(
    ("method", "order"),
    [
        (finest("euler"), 1),
        (finest("ddim"), 1),
        (finest("euler_ancestral", eta=0.0), 1),
        (finest("heun"), 2),
        (finest("dpm_2"), 2),
        (finest("dpm_2_ancestral", eta=0.0), 2),
        (finest("dpmpp_2s_ancestral", eta=0.0), 2),
        (finest("dpmpp_sde", eta=0.0), 2),
        (finest("dpmpp_2m"), 2),
        (finest("dpmpp_2m_sde", eta=0.0), 2),
        (partial(dpmpp_2m_sde, eta=0.0, solver="heun"), 2),
        (finest("dpmpp_3m_sde", eta=0.0), 2),
        (finest("lms", order=1), 1),
        (finest("lms"), 2),
        (finest("uni_pc", order=1), 2),
        (finest("uni_pc"), 3),
        (finest("uni_pc_bh2"), 3),
    ],
)
def test_order_of_convergence(method: Sampler, order: int) -> None:
    """Halving the steps divides the error by 2^order. Multistep methods are held back by their first steps.

    The levels go on below the one where the error is measured, since UniPC lowers its order at the end.
    """
    observed = math.log2(flow_error(method, 256) / flow_error(method, 512))
    assert order - 0.15 < observed < order + 0.5


def flow_error(method: Sampler, steps: int) -> float:
    sigmas = 4 * 20 ** (-torch.arange(steps + 5, dtype=torch.float64) / steps)
    x = torch.tensor([[[[3.0]]]], dtype=torch.float64)
    reached = next(step.x for step in method(gaussian, x, sigmas, silence) if step.index == steps - 1)
    return float((reached - flowed(x, sigmas[0], sigmas[steps])).abs())


def test_adams_bashforth_on_even_steps() -> None:
    """The classical weights: 1; 3/2, -1/2; ...; 55/24, -59/24, 37/24, -9/24."""
    weights = [[1], [-1 / 2, 3 / 2], [5 / 12, -16 / 12, 23 / 12], [-9 / 24, 37 / 24, -59 / 24, 55 / 24]]
    for k, expected in enumerate(weights, 1):
        ours = adams_bashforth(torch.arange(5.0, 5 - k, -1), torch.tensor(5.0 - k))
        torch.testing.assert_close(ours, -torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("name", STOCHASTIC)
def test_distribution_of_stochastic_samplers(name: str) -> None:
    """Mean and variance of 20,000 samples within five standard errors of the data's, and 1 % for the finite steps.

    The first-order methods are off by more, and by how much is known. lcm expects a consistency model, which gives the
    end of the flow at once.
    """
    count = 20_000
    sigmas = schedule("karras")(80, LEVELS).double()
    x = MEAN + (DEVIATION**2 + sigmas[0] ** 2).sqrt() * initial_noise((count,), 0).double()
    denoise = partial(flowed, sigma_next=torch.zeros(())) if name == "lcm" else gaussian
    out = run(sampler(name), denoise, x, sigmas, BrownianNoise((count,), 0, dtype=torch.float64))
    assert float(out.mean()) == pytest.approx(MEAN, abs=5 * DEVIATION / math.sqrt(count))
    variance = ddpm_variance(sigmas) if name in ("ddpm", "euler_ancestral") else DEVIATION**2
    assert float(out.var()) == pytest.approx(variance, rel=5 * math.sqrt(2 / count) + 0.01)


def ddpm_variance(sigmas: Tensor) -> float:
    """Every step multiplies x - m by g + k (1 - g); g = s^2 / (s^2 + sigma^2), k = (sigma_next / sigma)^2."""
    v = DEVIATION**2 + float(sigmas[0]) ** 2
    for sigma, sigma_next in itertools.pairwise(sigmas.tolist()):
        g, k = DEVIATION**2 / (DEVIATION**2 + sigma**2), (sigma_next / sigma) ** 2
        v = v * (g + k * (1 - g)) ** 2 + sigma_next**2 * (1 - k)
    return v


def test_ddpm_variance_tends_to_that_of_the_data() -> None:
    errors = [abs(ddpm_variance(schedule("karras")(n, LEVELS)) - DEVIATION**2) for n in (100, 200, 400)]
    assert errors[0] < 0.1 * DEVIATION**2
    assert errors[1] < 0.6 * errors[0]
    assert errors[2] < 0.6 * errors[1]


@pytest.mark.parametrize("name", [n for n in STOCHASTIC if n != "lcm"])
def test_noise_scale(name: str) -> None:
    """s_noise 0 leaves the noise out, and more of it spreads the samples further."""
    sigmas = schedule("karras")(20, LEVELS)
    x = sigmas[0] * initial_noise((500,), 0)

    def spread(s_noise: float) -> float:
        method = finest(name, s_noise=s_noise)
        return float(run(method, gaussian, x, sigmas, BrownianNoise((500,), 0)).var())

    assert spread(0.0) < 0.7 * spread(1.0) < 0.7 * spread(1.1)


@pytest.mark.parametrize("name", ["lms", "uni_pc", "uni_pc_bh2"])
def test_orders_start_at_one(name: str) -> None:
    with pytest.raises(ValueError, match="order 0: must be at least 1"):
        run(finest(name, order=0), toy, torch.ones(SHAPE), torch.tensor([1.0, 0.0]), silence)


def test_unknown_solver() -> None:
    method = partial(dpmpp_2m_sde, solver="huen")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no solver 'huen'; there are 'midpoint', 'heun'"):
        run(method, toy, torch.ones(SHAPE), torch.tensor([1.0, 0.0]), silence)


def test_unknown_sampler() -> None:
    with pytest.raises(ValueError, match=r"^no sampler 'eular'; did you mean 'euler'\?$"):
        sampler("eular")
    with pytest.raises(ValueError, match=r"^no sampler 'x'; there are euler, euler_ancestral, .*, uni_pc_bh2$"):
        sampler("x")


def test_penultimate_names_are_samplers() -> None:
    assert set(SAMPLERS) >= DISCARDS_PENULTIMATE


def test_a_sampler_may_be_anyones() -> None:
    def jump(denoise: object, x: Tensor, sigmas: Tensor, noise: object) -> Iterator[Step]:
        yield Step(0, x * 0, sigmas[-1], x)

    assert run(jump, toy, torch.ones(SHAPE), torch.tensor([1.0, 0.0]), silence).sum() == 0
