"""The denoiser against closed forms and against diffusers' conversions of epsilon and v."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from nodeflow_diffusion.lib.denoiser import Denoiser, Prediction
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from torch import Tensor

LEVELS = NoiseLevels.scaled_linear()
CONTEXT = torch.zeros(1, 1, 1)


def sigma_at(timestep: int) -> float:
    return float(LEVELS.sigmas[timestep])


@pytest.mark.parametrize("sigma", [0.03, 0.7, 14.6])
def test_a_network_that_knows_the_noise_finds_the_picture(sigma: float) -> None:
    clean, noise = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
    v = (noise - sigma * clean) / math.sqrt(1 + sigma**2)
    outputs: dict[Prediction, Tensor] = {"epsilon": noise, "v": v}
    for prediction, output in outputs.items():
        denoiser = Denoiser(lambda *_, out=output: out, LEVELS, prediction)
        assert torch.allclose(denoiser(clean + sigma * noise, sigma, CONTEXT), clean, atol=1e-5 * (1 + sigma))


@pytest.mark.parametrize("timestep", [0, 400, 999])
@pytest.mark.parametrize(("prediction", "theirs"), [("epsilon", "epsilon"), ("v", "v_prediction")])
def test_equal_to_the_conversion_of_diffusers(timestep: int, prediction: Prediction, theirs: str) -> None:
    """Diffusers works with sqrt(abar) x0 + sqrt(1 - abar) noise, which is our x / sqrt(1 + sigma^2)."""
    scheduler: Any = DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type=theirs, clip_sample=False
    )
    scheduler.set_timesteps(1000)
    sigma = sigma_at(timestep)
    x, output = torch.randn(1, 4, 3, 3), torch.randn(1, 4, 3, 3)
    expected = scheduler.step(output, timestep, x / math.sqrt(1 + sigma**2)).pred_original_sample
    ours = Denoiser(lambda *_: output, LEVELS, prediction)(x, sigma, CONTEXT)
    assert torch.allclose(ours, expected, rtol=1e-3, atol=1e-4)


def test_what_the_network_is_given() -> None:
    seen: list[tuple[Tensor, Tensor, Tensor, Tensor | None]] = []

    def network(x: Tensor, timesteps: Tensor, context: Tensor, vector: Tensor | None) -> Tensor:
        seen.append((x, timesteps, context, vector))
        return torch.zeros_like(x)

    x, vector = torch.randn(3, 4, 2, 2), torch.randn(3, 5)
    denoiser = Denoiser(network, LEVELS, dtype=torch.bfloat16)
    out = denoiser(x, torch.tensor(sigma_at(500)), CONTEXT, vector)
    ((given, timesteps, context, given_vector),) = seen
    assert torch.equal(given, (x / math.sqrt(1 + sigma_at(500) ** 2)).bfloat16())
    assert torch.allclose(timesteps, torch.full((3,), 500.0), atol=1e-3)
    assert timesteps.dtype == torch.float32
    assert given_vector is not None
    assert {t.dtype for t in (given, context, given_vector)} == {torch.bfloat16}
    assert (out.dtype, torch.equal(out, x)) == (torch.float32, True)


def test_an_unknown_prediction() -> None:
    with pytest.raises(ValueError, match="no prediction 'eps'; there are epsilon, v"):
        Denoiser(lambda *_: CONTEXT, LEVELS, "eps")  # type: ignore[arg-type]
