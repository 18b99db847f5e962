"""The recipe of the embedded checkpoint: it is the graph's, it goes on after a stop, and its file is one that loads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import Checkpoint, open_checkpoint
from nodeflow_training import recipes
from nodeflow_training.curve_file import CurveFile
from nodeflow_training.loop import Curve
from nodeflow_training.nodes.checkpoint import SaveCheckpoint
from nodeflow_training.nodes.diffusion import TrainDiffusion
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.nodes.new_models import NewDenoiser, NewTextEncoder, NewVAE
from nodeflow_training.nodes.text import TrainTextEncoder
from nodeflow_training.nodes.vae import TrainVAE
from nodeflow_training.recipes import DECODER, DiffusionRecipe, TextRecipe, VAERecipe
from nodeflow_training.types import Drawings
from nodeflow_training.workshop import Workshop
from torch import Tensor

from nodeflow import Context

GRAPH = json.loads((Path(__file__).parents[2] / "graphs" / "learn" / "train-default.json").read_text())
VAE = VAERecipe(steps=4, batch=2, crop=32, pictures=4)
TEXT, DIFFUSION = TextRecipe(steps=2, batch=2), DiffusionRecipe(steps=2, batch=4, pictures=4)
REFINED = replace(DECODER, steps=2, batch=2, crop=32, pictures=4)
DRAWINGS = Drawings(DIFFUSION.pictures, DIFFUSION.seed)


def small(folder: Path) -> Workshop:
    return Workshop(
        folder,
        replace(recipes.TINY_VAE, channels=(32, 32, 32)),
        replace(recipes.TINY_TEXT, width=32, intermediate=128),
        replace(recipes.TINY_UNET, channels=(32, 32), context_dim=32, vector_dim=32),
    )


def weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    text: Any = checkpoint.text_encoder().network
    parts = {"unet": checkpoint.unet(), "vae": checkpoint.vae(), "text": text.module}
    return {f"{part}.{name}": w for part, network in parts.items() for name, w in network.state_dict().items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """All parts, trained in a few steps, and the file."""
    workshop = small(tmp_path_factory.mktemp("workshop"))
    workshop.train_vae(VAE)
    workshop.train_text(TEXT, DRAWINGS)
    workshop.train_diffusion(DIFFUSION)
    workshop.train_decoder(REFINED)
    workshop.export(workshop.folder / "model.safetensors")
    return workshop


@pytest.mark.parametrize("name", ["vae", "text", "diffusion", "decoder"])
def test_the_recipe_is_that_of_the_graph(name: str) -> None:
    """Every setting that the graph has; the pictures are those of the dataset that it is linked to."""
    recipe, values = recipes.RECIPES[name], GRAPH["nodes"][name]["values"]
    prediction = GRAPH["nodes"]["new_model"]["values"]["prediction"]
    dtype = "bfloat16" if isinstance(recipe, VAERecipe) and recipe.autocast else "float32"
    ours = {**vars(recipe.pace), **vars(recipe.method), **vars(recipe)} | {"normalise": True, "dtype": dtype}
    assert values == {setting: ours[setting] for setting in values}
    if isinstance(recipe, DiffusionRecipe):
        assert recipe.method.objective.prediction == prediction
    if not isinstance(recipe, TextRecipe):
        drawn = GRAPH["nodes"]["draw" if name == "diffusion" else "draw_vae"]["values"]
        assert drawn == {"count": recipe.pictures, "seed": recipe.dataset.source.seed, "items": "one and two"}


def test_the_sizes_are_those_of_the_graph() -> None:
    vae, text, unet = (GRAPH["nodes"][name]["values"] for name in ("new_vae", "new_text", "new_model"))
    for config, values in ((recipes.TINY_VAE, vae), (recipes.TINY_TEXT, text), (recipes.TINY_UNET, unet)):
        ours = {name: getattr(config, name) for name in values if name not in ("seed", "prediction")}
        written = {name: ", ".join(map(str, v)) if isinstance(v, tuple) else v for name, v in ours.items()}
        assert written == {name: values[name] for name in written}
    seeds = [recipe.seed for recipe in (VAERecipe(), TextRecipe(), DiffusionRecipe())]
    assert seeds == [values["seed"] for values in (vae, text, unet)]


def test_the_nodes_make_the_same_file(trained: Workshop, ctx: Context, tmp_path: Path) -> None:
    """To rounding: the command line and the graph are one way of training."""
    ctx = replace(ctx, settings={"device": "cpu", "dtype": "auto"})
    new_vae = NewVAE(channels="32, 32, 32", seed=VAE.seed).run(ctx)
    once: dict[str, Any] = {"batch": 2, "crop": 32, "seed": 1, "sample_pictures": 0}
    vae = TrainVAE(
        dataset=VAE.dataset, vae=new_vae, steps=4, learning_rate=VAE.learning_rate, latent_noise=0.05, dtype="float32",
        **once,
    ).run(ctx).vae  # fmt: skip
    text = TrainTextEncoder(
        dataset=DIFFUSION.dataset, steps=2, batch=2, seed=TEXT.seed,
        text_encoder=NewTextEncoder(width=32, seed=TEXT.seed).run(ctx),
    ).run(ctx).text_encoder  # fmt: skip
    sizes: dict[str, Any] = {"channels": "32, 32", "prediction": "v", "seed": DIFFUSION.seed}
    made = TrainDiffusion(
        data=EncodeDataset(dataset=DIFFUSION.dataset, vae=vae).run(ctx),
        model=NewDenoiser(vae=vae, text_encoder=text, **sizes).run(ctx),
        text_encoder=text, steps=2, batch=4, learning_rate=1e-3, optimizer="muon", text_rate=0.1,
        strange_words=0.1, noise_bias=0.75, ema=0.998, seed=DIFFUSION.seed, sample_pictures=0,
    ).run(ctx)  # fmt: skip
    decoder = TrainVAE(
        dataset=REFINED.dataset, vae=vae, steps=2, learning_rate=1e-3, latent_noise=0.44, edge_weight=1.0,
        perceptual_weight=0.1, dtype="bfloat16", decoder_only=True, **once,
    ).run(ctx).vae  # fmt: skip
    said: dict[str, Any] = {"model": made.model, "text_encoder": made.text_encoder, "vae": decoder, "dtype": "float32"}
    file = SaveCheckpoint(**said).run(ctx)
    theirs = weights(open_checkpoint(ctx.path("checkpoints", f"sha256:{file.sha256}")))
    trained.export(tmp_path / "whole.safetensors", torch.float32)
    ours = weights(open_checkpoint(tmp_path / "whole.safetensors"))
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        assert torch.allclose(weight, theirs[name], rtol=0, atol=1e-7), name


def test_the_file_says_what_it_is(trained: Workshop) -> None:
    checkpoint = open_checkpoint(trained.folder / "model.safetensors")
    assert checkpoint.prediction == "v"
    assert checkpoint.vae_config == trained.vae_sizes
    assert checkpoint.unet_config == trained.unet_sizes
    assert checkpoint.text_config == trained.text_sizes
    assert checkpoint.latent_rgb is not None
    # Words that were never read share what was learnt of strange ones.
    (table,) = (w for name, w in weights(checkpoint).items() if name.endswith("token_embedding.weight"))
    assert torch.equal(table[1000], table[2000])


def test_the_decoder_alone_leaves_the_latents_as_they_are(trained: Workshop) -> None:
    before, after = (trained.made(name, "vae").vae().state_dict() for name in ("vae", "decoder"))
    changed = {name for name, weight in after.items() if not torch.equal(weight, before[name])}
    assert changed
    assert all(name.startswith(("decoder.", "post_quant_conv.")) for name in changed)


def test_a_stopped_run_goes_on_to_the_same_end(
    trained: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = CurveFile.follow

    def stopped(self: CurveFile, step: int, curve: Curve) -> None:
        follow(self, step, curve)
        if step == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(CurveFile, "follow", stopped)
    workshop = small(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        workshop.train_vae(VAE)
    assert not workshop.path("vae").exists()
    monkeypatch.undo()
    workshop.train_vae(VAE)
    whole, resumed = (each.made("vae", "vae").vae().state_dict() for each in (trained, workshop))
    for name, weight in whole.items():
        assert torch.allclose(weight, resumed[name], atol=1e-5), name
    rows = (tmp_path / "vae.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "1", "2", "3", "4"]
    assert [row.split(",")[1] for row in rows] == [
        row.split(",")[1] for row in (trained.folder / "vae.csv").read_text().splitlines()
    ]


def test_rows_that_the_kept_state_does_not_know_are_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("step,loss,seconds\n50,1.0,5.0\n100,0.9,10.0\n")
    file, curve = CurveFile(path), Curve([(50, 1.0)])
    file.follow(60, curve)
    curve.points.append((100, 0.8))
    file.follow(100, curve)
    rows = path.read_text().splitlines()
    assert rows[:2] == ["step,loss,seconds", "50,1.0,5.0"]
    assert rows[2].startswith("100,0.80000,")
    assert len(rows) == 3


def test_latents_are_encoded_once_for_a_vae(trained: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained.encoded(DIFFUSION.dataset)
    monkeypatch.setattr("nodeflow_training.workshop.latent_buckets", lambda *_: pytest.fail("encoded again"))
    again = trained.encoded(DIFFUSION.dataset)
    assert torch.equal(first.buckets[0].latents, again.buckets[0].latents)
    assert len(again) == 4
    with pytest.raises(pytest.fail.Exception):
        trained.encoded(replace(DIFFUSION, seed=9).dataset)


def test_a_part_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"vae\.safetensors': `python -m nodeflow_training vae` with its --folder makes it"
    ):
        small(tmp_path).train_decoder(REFINED)
