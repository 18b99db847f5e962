"""Noise is added as the diffusion's forward process has it, in closed form."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.noise import initial_noise
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.noise import AddNoise
from nodeflow_diffusion.types import Latent

from nodeflow import Context

CTX = Context()


def abar(t: int) -> float:
    """Stable Diffusion's cumulative product of 1 - beta up to timestep t, by its definition."""
    low, high = math.sqrt(0.00085), math.sqrt(0.012)
    betas = [(low + (high - low) * i / 999) ** 2 for i in range(t + 1)]
    return math.prod(1 - beta for beta in betas)


@given(st.integers(0, 999), st.integers(0, 2**64 - 1))
@settings(deadline=None, max_examples=20)
def test_it_is_the_closed_form(t: int, seed: int) -> None:
    latent = Latent(torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(0)))
    made = AddNoise(latent=latent, timestep=t, seed=seed).run(CTX)
    wanted = math.sqrt(abar(t)) * latent.samples + math.sqrt(1 - abar(t)) * initial_noise((2, 4, 3, 5), seed)
    assert torch.allclose(made.samples, wanted, atol=1e-5)


@pytest.mark.parametrize("t", [10, 500, 999])
def test_its_mean_and_variance(t: int) -> None:
    """Of 65,536 positions the sample mean strays by 0.004 standard deviations, the variance by 0.6 percent."""
    made = AddNoise(latent=Latent(torch.full((1, 4, 128, 128), 2.0)), timestep=t, seed=1).run(CTX).samples
    std = math.sqrt(1 - abar(t))
    assert float(made.mean()) == pytest.approx(2 * math.sqrt(abar(t)), abs=5 * 0.004 * std)
    assert float(made.var()) == pytest.approx(1 - abar(t), rel=5 * 0.006)


def test_a_latent_of_variance_one_keeps_it() -> None:
    latent = Latent(torch.randn(1, 4, 128, 128, generator=torch.Generator().manual_seed(0)))
    for amount in (0.0, 0.3, 0.7, 1.0):
        assert float(AddNoise(latent=latent, amount=amount, seed=2).run(CTX).samples.var()) == pytest.approx(
            1, rel=0.03
        )


def test_the_samplers_scale_is_the_other_divided_by_the_signal() -> None:
    latent = Latent(torch.ones(1, 4, 4, 4))
    plain, scaled = (AddNoise(latent=latent, timestep=600, scale=s).run(CTX).samples for s in ("preserving", "sampler"))
    assert torch.allclose(scaled * math.sqrt(abar(600)), plain, atol=1e-5)


@pytest.mark.parametrize(("amount", "t"), [(0.0, 0), (1.0, 999), (300 / 999, 300)])
def test_an_amount_is_a_share_of_the_timesteps(amount: float, t: int) -> None:
    latent = Latent(torch.ones(1, 4, 4, 4))
    assert torch.allclose(
        AddNoise(latent=latent, amount=amount).run(CTX).samples,
        AddNoise(latent=latent, timestep=t).run(CTX).samples,
        atol=1e-6,
    )


def test_the_levels_are_the_linked_models(ctx: Context, small: Checkpoint) -> None:
    latent = Latent(torch.ones(1, 4, 4, 4))
    with_model = AddNoise(latent=latent, model=small.model, timestep=500).run(ctx)
    assert torch.equal(with_model.samples, AddNoise(latent=latent, timestep=500).run(ctx).samples)


def test_mask_and_factor_are_kept() -> None:
    latent = Latent(torch.ones(1, 16, 4, 4), torch.zeros(1, 1, 4, 4), 16)
    made = AddNoise(latent=latent).run(CTX)
    assert made.noise_mask is latent.noise_mask
    assert made.factor == 16
