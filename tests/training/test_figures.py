"""What surrounds training: the schedule of the rate, the average of weights, normalised latents, and figures."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from nodeflow_diffusion.lib.vae import VAE
from nodeflow_training import evaluation
from nodeflow_training.average import Average
from nodeflow_training.judging import psnr
from nodeflow_training.latents import measured, normalise
from nodeflow_training.progress import learning_rate
from nodeflow_training.recipes import TINY_VAE, drawings
from nodeflow_training.vae_learner import Looks
from torch import nn


def test_the_rate_warms_up_stays_and_falls() -> None:
    rates = [learning_rate(step, 1000, 1.0) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100] == rates[399] == 1.0
    assert all(b <= a for a, b in zip(rates[400:], rates[401:], strict=False))
    assert rates[-1] < 0.02


def test_the_average_follows_the_weights() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = Average(model, decay=0.9)
    nn.init.ones_(model.weight)
    for step in range(1000, 1003):
        average.update(model, step)
    assert float(average.weights["weight"]) == pytest.approx(1 - 0.9**3)


def test_crops_are_pieces_of_the_pictures() -> None:
    looks = Looks(drawings(1, seed=0), views=1)
    whole = looks.batch(1, 0, random.Random(0))[0]
    assert whole.shape == (3, 128, 128)
    pieces = whole.unfold(1, 16, 1).unfold(2, 16, 1)
    for crop in looks.batch(3, 16, random.Random(1)):
        apart = (pieces - crop[:, None, None]).abs().amax(dim=(0, 3, 4))
        assert float(apart.min()) == 0


def test_normalised_latents_have_unit_deviation_and_decode_as_before() -> None:
    torch.manual_seed(0)
    vae = VAE(replace(TINY_VAE, channels=(32, 32, 32))).eval().requires_grad_(requires_grad=False)
    pictures = measured(Looks(drawings(16, seed=1), views=1), 16, vae)
    x = pictures.float() / 127.5 - 1
    before = vae.decoder(vae.post_quant_conv(vae.posterior(x).mean))
    normalise(vae, pictures)
    latents = vae.encode(x)
    assert torch.allclose(latents.std(dim=(0, 2, 3)), torch.ones(16), atol=1e-3)
    assert torch.allclose(latents.mean(dim=(0, 2, 3)), torch.zeros(16), atol=1e-3)
    assert torch.allclose(before, vae.decode(latents), atol=1e-3)


def test_psnr_of_a_known_error() -> None:
    assert psnr(torch.zeros(8), torch.full((8,), 0.2)) == pytest.approx(20.0)


def test_a_table_of_verdicts() -> None:
    scenes = evaluation.held_out_scenes(4, 1)
    drawn = np.stack([evaluation.draw(scene) for scene in scenes])
    assert evaluation.judge(drawn, scenes)["all_right"] == 1.0
    wrong = evaluation.judge(drawn[::-1], scenes)
    assert wrong["count"] == 1.0
    assert wrong["all_right"] < 1.0
