"""What training nodes leave behind: files, previews, checkpoints to the bit, figures."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder
from nodeflow_training import loading
from nodeflow_training.nodes.checkpoint import SaveCheckpoint
from nodeflow_training.nodes.diffusion import TrainDiffusion
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.nodes.evaluation import EvaluateModel
from nodeflow_training.nodes.new_models import NewDenoiser, NewVAE
from nodeflow_training.nodes.text import TrainTextEncoder
from nodeflow_training.nodes.vae import TrainVAE
from nodeflow_training.types import Dataset, Drawings, EncodedDataset
from safetensors.torch import load_file

from nodeflow import Context, Image


def stored(path: Path) -> dict[str, Any]:
    return load_file(path)


@pytest.mark.parametrize("dtype", ["stored", "float16"])
def test_a_checkpoint_comes_back_to_the_bit(
    dtype: Any, model: Denoiser, vae: VAE, text_encoder: TextEncoder, ctx: Context
) -> None:
    parts: dict[str, Any] = {"model": model, "vae": vae, "text_encoder": text_encoder, "dtype": dtype}
    first = SaveCheckpoint(name="first", **parts).run(ctx)
    assert (first.name, first.media_type) == ("first.safetensors", "application/octet-stream")
    file = ctx.path("checkpoints", f"sha256:{first.sha256}")
    checkpoint = open_checkpoint(file)
    assert (checkpoint.prediction, checkpoint.parts) == ("v", ("unet", "vae", "text_encoder"))
    sources = [("model.diffusion_model.", model.file), ("first_stage_model.", vae.file)]
    for prefix, source in (*sources, ("cond_stage_model.transformer.", text_encoder.file)):
        for name, weight in stored(ctx.path("checkpoints", source.name)).items():
            if name.startswith(prefix):
                kept = weight if dtype == "stored" else weight.half()
                assert torch.equal(stored(file)[name], kept), name
    again = loading.ModelFile("checkpoints", f"sha256:{first.sha256}", first.sha256)
    recipes = {"model": Denoiser(again), "vae": VAE(again), "text_encoder": TextEncoder(again), "dtype": "stored"}
    assert SaveCheckpoint(name="first", **recipes).run(ctx).sha256 == first.sha256  # type: ignore[arg-type]


def test_a_run_leaves_its_curve_and_samples_and_is_seen_on_its_way(
    data: EncodedDataset, model: Denoiser, text_encoder: TextEncoder, ctx: Context
) -> None:
    seen: list[Image] = []
    told: list[tuple[float, float]] = []

    def report(done: float, total: float, preview: Any) -> None:
        told.append((done, total))
        seen.append(preview())

    watched = replace(ctx, report=report, saved=[])
    node = TrainDiffusion(
        data=data, model=model, text_encoder=text_encoder, steps=8, batch=2, sample_pictures=2, accumulate=2,
        gradient_checkpointing=True, min_snr=5.0, seed=9,
    )  # fmt: skip
    trained = node.run(watched)
    assert [done for done, _ in told[:9]] == list(range(9))
    names = [file.name for file in watched.saved]
    assert names == ["diffusion-loss.csv", "diffusion-loss.png", "diffusion-samples.png", "diffusion.safetensors"]
    assert trained.curve == watched.saved[0]
    lines = ctx.read(trained.curve).decode().splitlines()
    assert lines[0] == "step,loss"
    assert [line.partition(",")[0] for line in lines[1:]] == [str(step) for step in range(1, 9)]
    assert seen[0].pixels.shape[2] < seen[-1].pixels.shape[2] == trained.preview.pixels.shape[2]


def test_frozen_texts_are_those_that_were_encoded(
    eight: Dataset, vae: VAE, model: Denoiser, text_encoder: TextEncoder, ctx: Context
) -> None:
    quick: dict[str, Any] = {"model": model, "text_encoder": text_encoder, "steps": 2, "batch": 2, "sample_pictures": 0}
    cached = EncodeDataset(dataset=eight, vae=vae, text_encoder=text_encoder).run(ctx)
    trained = [
        TrainDiffusion(data=data, **quick).run(ctx) for data in (cached, EncodeDataset(dataset=eight, vae=vae).run(ctx))
    ]
    assert trained[0].text_encoder == text_encoder
    a, b = (loading.opened(each.model.file, ["unet"], ctx).unet().state_dict() for each in trained)
    assert all(torch.allclose(a[name], b[name], atol=1e-3) for name in a)
    with pytest.raises(ValueError, match="captions that are encoded already, and a text encoder that is to learn"):
        TrainDiffusion(data=cached, text_rate=0.1, **quick).run(ctx)
    other = replace(text_encoder, last_layer=-1)
    with pytest.raises(ValueError, match="encoded by another text encoder"):
        TrainDiffusion(data=cached, **{**quick, "text_encoder": other}).run(ctx)


def test_parts_that_do_not_fit_are_told(
    data: EncodedDataset, drawn: Dataset, vae: VAE, text_encoder: TextEncoder, ctx: Context
) -> None:
    wide = NewVAE(channels="32, 32", latent_channels=8, patch=2).run(ctx)
    model = NewDenoiser(vae=wide, text_encoder=text_encoder, channels="32", depths="1", heads=2).run(ctx)
    with pytest.raises(ValueError, match="latents of 4 channels, where the model takes 8"):
        TrainDiffusion(data=data, model=model, text_encoder=text_encoder).run(ctx)
    with pytest.raises(ValueError, match="crop 6: must be a multiple of 4 pixels for this VAE, 32 at most"):
        TrainVAE(dataset=drawn, vae=vae, crop=6).run(ctx)
    with pytest.raises(ValueError, match=r"channels '32; 64': must be whole numbers with commas between"):
        NewVAE(channels="32; 64").run(ctx)
    with pytest.raises(ValueError, match="each must be a multiple of 32"):
        NewVAE(channels="48").run(ctx)


def test_a_decoder_alone_leaves_latents_as_they_are(drawn: Dataset, vae: VAE, ctx: Context) -> None:
    node = TrainVAE(dataset=drawn, vae=vae, steps=2, batch=2, decoder_only=True, latent_noise=0.1, sample_pictures=2)
    trained = node.run(ctx)
    before, after = (loading.opened(each.file, ["vae"], ctx).vae().state_dict() for each in (vae, trained.vae))
    changed = {name for name, weight in after.items() if not torch.equal(weight, before[name])}
    assert changed
    assert all(name.startswith(("decoder.", "post_quant_conv.")) for name in changed)


def test_a_trained_vae_has_normalised_latents_and_a_map_for_previews(drawn: Dataset, vae: VAE, ctx: Context) -> None:
    trained = TrainVAE(dataset=drawn, vae=vae, steps=3, batch=2, sample_pictures=0).run(ctx).vae
    latents = torch.cat([bucket.latents for bucket in EncodeDataset(dataset=drawn, vae=trained).run(ctx).buckets])
    assert torch.allclose(latents.float().std(dim=(0, 2, 3)), torch.ones(4), atol=0.02)
    assert torch.allclose(latents.float().mean(dim=(0, 2, 3)), torch.zeros(4), atol=0.02)
    assert loading.opened(trained.file, ["vae"], ctx).latent_rgb is not None


def test_a_text_encoder_learns_to_read(text_encoder: TextEncoder, ctx: Context) -> None:
    dataset = Dataset(Drawings(50, seed=1, items=1), side=32)
    node = TrainTextEncoder(dataset=dataset, text_encoder=text_encoder, steps=40, batch=32, learning_rate=5e-3)
    trained = node.run(ctx)
    losses = [float(line.split(",")[1]) for line in ctx.read(trained.curve).decode().splitlines()[1:]]
    assert losses[-1] < 0.7 * losses[0]
    assert 0 <= trained.understood <= 1
    file = load_file(ctx.path("checkpoints", trained.text_encoder.file.name))
    (table,) = (weight for name, weight in file.items() if name.endswith("token_embedding.weight"))
    # Words that were never read share what was learnt of strange ones.
    assert torch.equal(table[1000], table[2000])
    with pytest.raises(ValueError, match="the dataset is not drawn"):
        TrainTextEncoder(dataset=replace(dataset, source=()), text_encoder=text_encoder).run(ctx)


def test_a_model_is_measured(
    drawn: Dataset, model: Denoiser, vae: VAE, text_encoder: TextEncoder, ctx: Context
) -> None:
    dataset = replace(drawn, side=128)
    parts: dict[str, Any] = {"model": model, "text_encoder": text_encoder, "vae": vae}
    found = EvaluateModel(dataset=dataset, count=2, samples=2, steps=1, shown=2, **parts).run(ctx)
    assert isinstance(found.figures, dict)
    # A model that says 0 has the mean square of v, for latents of any kind: abar + (1 - abar) x0^2.
    assert json.loads(json.dumps(found.figures)) == found.figures
    assert set(found.figures) == {
        "loss", "psnr", "background", "count", "colours", "shapes", "arrangement", "all_right"
    }  # fmt: skip
    assert found.report.splitlines()[0] == "| figure | value |"
    assert found.grid.pixels.shape[2] >= 2 * 128


def test_without_scipy_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, drawn: Dataset, model: Denoiser, vae: VAE, text_encoder: TextEncoder, ctx: Context
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    parts: dict[str, Any] = {"model": model, "text_encoder": text_encoder, "vae": vae}
    node = EvaluateModel(dataset=drawn, count=1, samples=1, steps=1, **parts)
    with pytest.raises(ValueError, match=r"needs scipy: pip install 'nodeflow\[training\]', or set samples to 0"):
        node.run(ctx)
    assert set(replace(node, samples=0).run(ctx).figures) == {"loss", "psnr"}
