"""The training loops: their losses by closed forms, resuming, and a file that the ordinary loader reads."""

from __future__ import annotations

import copy
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.tokenizer import CLIP_SIZE
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_training import diffusion_training, evaluation, export, vae_training
from nodeflow_training.diffusion_training import Average, DiffusionRecipe, TextConditionedUNet
from nodeflow_training.progress import Log, learning_rate
from nodeflow_training.text_training import TextRecipe, train_text
from nodeflow_training.vae_training import TINY_VAE, VAERecipe, crops, normalise, psnr, scene_pictures, train_vae
from nodeflow_training.words import caption_words
from torch import Tensor, nn

SMALL_VAE = replace(TINY_VAE, channels=(32, 32, 32))


@pytest.fixture(autouse=True)
def _small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(diffusion_training.TINY_UNET, channels=(32, 32))
    monkeypatch.setattr(diffusion_training, "TINY_UNET", small)
    monkeypatch.setattr(export, "TINY_UNET", small)
    monkeypatch.setattr(export, "TINY_VAE", SMALL_VAE)


class Perfect(nn.Module):
    """Knows the clean latents are 0, so v = sqrt(abar) eps = x / sqrt(1 - abar) * sqrt(abar)."""

    def __init__(self, levels: Tensor, scale: float = 1.0) -> None:
        super().__init__()
        self.levels, self.scale = levels, scale

    def forward(self, x: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        abar = self.levels[timesteps][:, None, None, None]
        return self.scale * x / (1 - abar).sqrt() * abar.sqrt()


def test_the_loss_of_a_perfect_model_is_zero_and_of_none_the_mean_square_of_v() -> None:
    levels = 1 / (1 + NoiseLevels.scaled_linear().sigmas ** 2)
    clean, rows = torch.zeros(4000, 1, 2, 2), torch.zeros(4000, 4, dtype=torch.long)
    recipe = DiffusionRecipe(noise_bias=1.0)

    def loss(model: nn.Module) -> float:
        return float(diffusion_training.loss(model, clean, rows, levels, recipe, torch.Generator().manual_seed(1)))

    assert loss(Perfect(levels)) < 1e-9
    assert loss(Perfect(levels, scale=0.0)) == pytest.approx(float(levels.mean()), rel=0.06)


def test_v_is_predicted_from_both_parts() -> None:
    """With clean latents of 1 and no model, the loss is E[(sqrt(abar) eps - sqrt(1 - abar))^2] = E[abar + 1 - abar]."""
    levels = 1 / (1 + NoiseLevels.scaled_linear().sigmas ** 2)
    clean, rows = torch.ones(4000, 1, 2, 2), torch.zeros(4000, 4, dtype=torch.long)
    silent = Perfect(levels, scale=0.0)
    value = diffusion_training.loss(silent, clean, rows, levels, DiffusionRecipe(), torch.Generator().manual_seed(1))
    assert float(value) == pytest.approx(1.0, abs=0.03)


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


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(FloatingPointError, match="nan at step 7"):
        Log(tmp_path / "curve.csv").add(7, math.nan)


def test_crops_are_pieces_of_the_pictures() -> None:
    pictures = torch.arange(128 * 128, dtype=torch.int64).reshape(1, 1, 128, 128).expand(1, 3, -1, -1)
    cut = crops(pictures, 3, 16, torch.Generator().manual_seed(0))
    steps = cut.diff(dim=3) * 127.5
    assert cut.shape == (3, 3, 16, 16)
    assert torch.allclose(steps, torch.ones_like(steps), atol=1e-2)


def test_normalised_latents_have_unit_deviation_and_decode_as_before() -> None:
    torch.manual_seed(0)
    vae, pictures = VAE(SMALL_VAE).eval(), scene_pictures(16, seed=1)
    x = pictures.float() / 127.5 - 1
    with torch.no_grad():
        before = vae.decoder(vae.post_quant_conv(vae.posterior(x).mean))
        normalise(vae, pictures)
        latents = vae.encode(x)
        after = vae.decode(latents)
    assert torch.allclose(latents.std(dim=(0, 2, 3)), torch.ones(16), atol=1e-3)
    assert torch.allclose(latents.mean(dim=(0, 2, 3)), torch.zeros(16), atol=1e-3)
    assert torch.allclose(before, after, atol=1e-3)


def test_psnr_of_a_known_error() -> None:
    assert psnr(torch.zeros(8), torch.full((8,), 0.2)) == pytest.approx(20.0)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    recipe, half = VAERecipe(steps=4, batch=2, crop=32, pictures=4), tmp_path / "half"
    torch.manual_seed(4)
    start = VAE(SMALL_VAE)
    whole = train_vae(recipe, copy.deepcopy(start), tmp_path / "whole")
    stop_after(2, recipe, start, half)
    # What it goes on from is in the checkpoint, not in the network it is given.
    resumed = train_vae(recipe, VAE(SMALL_VAE), half)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def stop_after(steps: int, recipe: VAERecipe, vae: VAE, folder: Path) -> None:
    """Runs the recipe, checkpointing each step, and breaks off as a kill would."""

    class Killed(Exception):
        pass

    original = vae_training.Checkpoint.save_sometimes

    def save_and_die(self: vae_training.Checkpoint, step: int) -> None:
        self.save(step)
        if step == steps:
            raise Killed

    vae_training.Checkpoint.save_sometimes = save_and_die  # type: ignore[method-assign]
    try:
        with pytest.raises(Killed):
            train_vae(recipe, vae, folder)
    finally:
        vae_training.Checkpoint.save_sometimes = original  # type: ignore[method-assign]


def test_the_decoder_alone_leaves_the_latents_as_they_are(tmp_path: Path) -> None:
    torch.manual_seed(3)
    vae = VAE(SMALL_VAE).requires_grad_(requires_grad=False)  # as `trained_vae` gives it
    before = {name: weight.clone() for name, weight in vae.named_parameters()}
    recipe = VAERecipe(steps=2, batch=2, crop=32, pictures=4, decoder_only=True)
    trained = train_vae(recipe, vae, tmp_path, "decoder")
    changed = {name for name, weight in trained.named_parameters() if not torch.equal(weight, before[name])}
    assert changed
    assert all(name.startswith(("decoder.", "post_quant_conv.")) for name in changed)


def test_a_trained_folder_becomes_a_file_that_the_loader_reads(tmp_path: Path) -> None:
    vae = train_vae(VAERecipe(steps=1, batch=2, crop=32, pictures=4), VAE(SMALL_VAE), tmp_path)
    assert isinstance(vae.config, VAEConfig)
    recipe = DiffusionRecipe(steps=2, batch=4, pictures=4)
    text = train_text(TextRecipe(steps=1, batch=2), caption_words(), tmp_path).text
    diffusion_training.train_diffusion(recipe, export.trained_vae(tmp_path), tmp_path, text)
    export.export(tmp_path, tmp_path / "model.safetensors")

    checkpoint = open_checkpoint(tmp_path / "model.safetensors")
    assert checkpoint.prediction == "v"
    assert checkpoint.vae_config == SMALL_VAE
    assert checkpoint.text_config.vocabulary == CLIP_SIZE
    words = caption_words()
    small: TextConditionedUNet = export.trained_diffusion(tmp_path, words)
    rows = words.encode(["a red circle on a zebra"], random.Random(0))
    expected = small.text(input_ids=rows).last_hidden_state
    embedding = checkpoint.text_encoder().encode("a red circle on a zebra")
    assert torch.allclose(embedding.context, expected, atol=2e-2)
    assert torch.allclose(embedding.pooled, expected[:, 7], atol=2e-2)
    assert checkpoint.latent_rgb is not None


def test_a_table_of_verdicts() -> None:
    scenes = evaluation.held_out_scenes(4, 1)
    drawn = np.stack([evaluation.draw(scene) for scene in scenes])
    assert evaluation.judge(drawn, scenes)["all_right"] == 1.0
    wrong = evaluation.judge(drawn[::-1], scenes)
    assert wrong["count"] == 1.0
    assert wrong["all_right"] < 1.0
