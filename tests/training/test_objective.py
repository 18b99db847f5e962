"""The loss equals its closed form on Gaussian data, and the forward process has the mean and variance it states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
import torch
from nodeflow_diffusion.lib.denoiser import Prediction
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_training.loop import Pace, State, generator, train
from nodeflow_training.objective import Objective, alphas_cumprod, noised
from nodeflow_training.progress import Stateful
from torch import Tensor, nn

LEVELS = NoiseLevels.scaled_linear()
ABAR = alphas_cumprod(LEVELS)
SPREAD = 0.7
"""The deviation of the Gaussian data."""
PREDICTIONS: list[Prediction] = ["epsilon", "v"]


def gaussian(count: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    numbers = torch.Generator().manual_seed(seed)
    return SPREAD * torch.randn(count, 1, 4, 4, generator=numbers), torch.randn(count, 1, 4, 4, generator=numbers)


def ideal(prediction: Prediction, abar: Tensor) -> Tensor:
    """The factor k of the best prediction k x_t, which is linear for Gaussian data."""
    variance = abar * SPREAD**2 + 1 - abar
    if prediction == "epsilon":
        return (1 - abar).sqrt() / variance
    return (abar * (1 - abar)).sqrt() * (1 - SPREAD**2) / variance


def least(prediction: Prediction, abar: Tensor) -> Tensor:
    """The variance that the best prediction leaves: of the noise, or of v, given x_t."""
    variance = abar * SPREAD**2 + 1 - abar
    return abar * SPREAD**2 / variance if prediction == "epsilon" else SPREAD**2 / variance


@pytest.mark.parametrize("t", [0, 250, 600, 999])
def test_the_forward_process_has_its_mean_and_variance(t: int) -> None:
    x0, abar = torch.full((200_000, 1, 1, 1), 0.8), ABAR[t].expand(200_000)
    x = noised(x0, torch.randn(x0.shape, generator=torch.Generator().manual_seed(t)), abar)
    assert float(x.mean()) == pytest.approx(float(ABAR[t].sqrt()) * 0.8, abs=0.01)
    assert float(x.var()) == pytest.approx(float(1 - ABAR[t]), abs=0.01)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("t", [20, 400, 900])
def test_the_loss_of_the_best_model_is_its_closed_form(prediction: Prediction, t: int) -> None:
    (clean, noise), abar = gaussian(20_000), ABAR[t].expand(20_000)
    predicted = ideal(prediction, ABAR[t]) * noised(clean, noise, abar)
    found = float(Objective(prediction).loss(predicted, clean, noise, abar))
    assert found == pytest.approx(float(least(prediction, ABAR[t])), rel=0.02)
    worse = float(Objective(prediction).loss(1.2 * predicted + 0.05, clean, noise, abar))
    assert worse > found


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_min_snr_weighs_the_error_of_the_clean_picture(prediction: Prediction) -> None:
    """An error of x0 by 1 counts min(SNR, gamma), whatever is predicted."""
    snr = ABAR / (1 - ABAR)
    # An error d of x0 is one of -sqrt(SNR) d of the noise, and of -d / sqrt(1 - abar) of v.
    squared = snr if prediction == "epsilon" else 1 / (1 - ABAR)
    counted = Objective(prediction, min_snr=5.0).weight(ABAR) * squared
    assert torch.allclose(counted, snr.clamp(max=5.0), rtol=1e-3)
    assert torch.equal(Objective(prediction).weight(ABAR), torch.ones_like(ABAR))


def test_a_bias_below_one_makes_noisy_timesteps_more_frequent() -> None:
    means = [
        float(Objective(noise_bias=bias).timesteps(20_000, 1000, torch.Generator().manual_seed(0)).float().mean())
        for bias in (1.0, 0.5)
    ]
    assert means[0] == pytest.approx(500, abs=8)
    assert means[1] == pytest.approx(1000 / 1.5, abs=8)


class Linear:
    """Learns the factor of x_t at one timestep, by the loop that every training runs in."""

    def __init__(self, prediction: Prediction, t: int) -> None:
        self.objective, self.abar = Objective(prediction), ABAR[t].expand(512)
        self.factor = nn.ParameterList([nn.Parameter(torch.zeros(()))])
        self.optimizer = torch.optim.SGD(self.factor.parameters(), lr=0.1)

    @property
    def parts(self) -> Mapping[str, Stateful]:
        return {"factor": self.factor}

    @property
    def optimizers(self) -> Iterable[torch.optim.Optimizer]:
        return (self.optimizer,)

    @property
    def weights(self) -> Iterable[Tensor]:
        return self.factor.parameters()

    def loss(self, step: int, batch: int) -> Tensor:
        numbers = generator(0, step, batch)
        clean = SPREAD * torch.randn(512, 1, 4, 4, generator=numbers)
        noise = torch.randn(512, 1, 4, 4, generator=numbers)
        predicted = self.factor[0] * noised(clean, noise, self.abar)
        return self.objective.loss(predicted, clean, noise, self.abar)

    def learnt(self, step: int) -> None: ...


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_training_finds_the_best_model_of_gaussian_data(prediction: Prediction) -> None:
    learner = Linear(prediction, 400)
    curve = train(learner, Pace(steps=150, learning_rate=0.3, warm_up=0, every=10), State(), lambda *_: None)
    assert float(learner.factor[0].detach()) == pytest.approx(float(ideal(prediction, ABAR[400])), abs=0.02)
    assert curve.points[-1][1] == pytest.approx(float(least(prediction, ABAR[400])), rel=0.05)
