"""Loaders give recipes and read no weights; a file that is not what it was is refused."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.detecting import text_encoder
from nodeflow_diffusion.lib.checkpoint import Checkpoint as Opened
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.writer import save_checkpoint
from nodeflow_diffusion.loaders import LoadCheckpoint, LoadTextEncoder, LoadVAE
from nodeflow_diffusion.types import VAE, Denoiser, ModelFile, TextEncoder
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, BertTokenizer

from nodeflow import Context
from nodeflow.errors import UnknownName
from nodeflow.folders import Folders, ModelFolder


@pytest.fixture
def mine(tmp_path: Path, ctx: Context) -> Context:
    """A context whose checkpoints and VAEs are all in one empty folder."""
    return replace(ctx, folders=Folders((ModelFolder("checkpoints", tmp_path), ModelFolder("vae", tmp_path))))


def test_a_checkpoint_gives_three_recipes(ctx: Context, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("unet", "vae", "text_encoder"):
        monkeypatch.delattr(Opened, part)  # so that nothing can be loaded
    made = LoadCheckpoint(checkpoint="small.safetensors").run(ctx)
    sha256 = hashlib.sha256((models_folder / "checkpoints" / "small.safetensors").read_bytes()).hexdigest()
    file = ModelFile("checkpoints", "small.safetensors", sha256)
    assert made == (Denoiser(file), TextEncoder(file), VAE(file))


def test_what_the_model_predicts_can_be_said(ctx: Context) -> None:
    assert weights.denoiser(LoadCheckpoint(checkpoint="small.safetensors").run(ctx).model, ctx).denoiser.prediction == (
        "epsilon"
    )
    made = LoadCheckpoint(checkpoint="small.safetensors", prediction="v").run(ctx)
    assert weights.denoiser(made.model, ctx).denoiser.prediction == "v"


def test_an_unknown_checkpoint_is_told_the_nearest(ctx: Context) -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'small\.safetensors'"):
        LoadCheckpoint(checkpoint="smal.safetensors").run(ctx)


def test_what_is_no_checkpoint_is_refused_when_it_is_loaded(mine: Context, tmp_path: Path) -> None:
    save_file({"lora_unet.lora_up.weight": torch.zeros(2)}, tmp_path / "lora.safetensors")
    with pytest.raises(CheckpointError, match="is a LoRA"):
        LoadCheckpoint(checkpoint="lora.safetensors").run(mine)


def test_a_checkpoint_without_a_part_is_refused_when_it_is_loaded(mine: Context, tmp_path: Path, ctx: Context) -> None:
    vae = open_checkpoint(ctx.path("vae", "small.safetensors")).vae()
    save_file(vae.state_dict(), tmp_path / "vae.safetensors")
    with pytest.raises(CheckpointError, match="has no unet and no text_encoder, only vae"):
        LoadCheckpoint(checkpoint="vae.safetensors").run(mine)
    recipe = LoadVAE(vae="vae.safetensors").run(mine)
    x = torch.rand(1, 3, 16, 16)
    # Not to the bit: weights mapped at another offset of a file may take another way through the kernels.
    assert torch.allclose(weights.vae(recipe, mine).encode(x), vae.encode(x), atol=1e-5)


def test_a_vae_may_be_that_of_a_checkpoint(ctx: Context) -> None:
    recipe = LoadVAE(vae="small.safetensors").run(ctx)
    assert recipe.file.kind == "vae"
    assert weights.vae_config(recipe, ctx).factor == 8


def test_a_text_encoder_may_be_that_of_a_checkpoint(ctx: Context, models_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "small.safetensors").hardlink_to(models_folder / "checkpoints" / "small.safetensors")
    (tmp_path / "vae.safetensors").hardlink_to(models_folder / "checkpoints" / "small.safetensors")
    mine = replace(ctx, folders=Folders((ModelFolder("text_encoders", tmp_path),)))
    own = LoadCheckpoint(checkpoint="small.safetensors").run(ctx).text_encoder
    recipe = LoadTextEncoder(text_encoder="small.safetensors").run(mine)
    assert recipe.file.kind == "text_encoders"
    texts = [weights.text_encoder(each, where).encode("a") for each, where in ((own, ctx), (recipe, mine))]
    assert torch.equal(texts[0].context, texts[1].context)
    save_checkpoint(tmp_path / "alone.safetensors", vae=open_checkpoint(tmp_path / "vae.safetensors").vae())
    with pytest.raises(CheckpointError, match="has no text_encoder, only vae"):
        LoadTextEncoder(text_encoder="alone.safetensors").run(mine)


@pytest.mark.parametrize("inside", ["", "text_encoder"])
def test_a_text_encoder_may_be_a_folder(ctx: Context, tmp_path: Path, inside: str) -> None:
    folder = tmp_path / "reader" / inside
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    theirs = BertModel(BertConfig(vocab_size=6, max_position_embeddings=8, **sizes)).eval()
    theirs.save_pretrained(folder)
    words = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat"])}
    BertTokenizer(vocab=words).save_pretrained(tmp_path / "reader" / ("tokenizer" if inside else ""))
    mine = replace(ctx, folders=Folders((ModelFolder("text_encoders", tmp_path),)))
    (name,) = mine.folders.names("text_encoders")  # type: ignore[union-attr]
    with pytest.raises(CheckpointError, match=r"put a file 'model_index\.json' with {} in it beside them"):
        LoadTextEncoder(text_encoder=name).run(mine)
    (tmp_path / "reader" / "model_index.json").write_text("{}")
    recipe = LoadTextEncoder(text_encoder="reader").run(mine)
    ids = torch.tensor([[2, 4, 5, 3, 0, 0, 0, 0]])
    with torch.no_grad():
        expected = theirs(ids, attention_mask=(ids > 0).long()).last_hidden_state
    assert torch.allclose(weights.text_encoder(recipe, mine).encode("A cat").context, expected, atol=1e-5)
    found = text_encoder(tmp_path / "reader")
    assert found is not None
    assert (found.label, found.loader) == ("text encoder (bert)", "LoadTextEncoder")


def test_a_folder_in_the_layout_of_diffusers_is_a_checkpoint(mine: Context, tmp_path: Path) -> None:
    from diffusers import AutoencoderKL

    folder = tmp_path / "mine"
    sizes = {"block_out_channels": (32, 32), "layers_per_block": 1, "latent_channels": 4}
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    AutoencoderKL(**sizes, **blocks).save_pretrained(folder / "vae")
    (folder / "model_index.json").write_text("{}")
    recipe = LoadVAE(vae="mine").run(mine)
    assert weights.vae_config(recipe, mine).factor == 2
    with pytest.raises(CheckpointError, match="'mine' has no unet and no text_encoder, only vae"):
        LoadCheckpoint(checkpoint="mine").run(mine)


def test_a_replaced_file_is_not_what_the_recipe_was_made_for(mine: Context, tmp_path: Path, ctx: Context) -> None:
    path = tmp_path / "a.safetensors"
    shutil.copy(ctx.path("checkpoints", "small.safetensors"), path)
    recipe = LoadCheckpoint(checkpoint="a.safetensors").run(mine).vae
    shutil.copy(ctx.path("checkpoints", "patchy.safetensors"), path)
    with pytest.raises(
        weights.ChangedFileError, match=r"'a\.safetensors' of 'checkpoints' has changed: its sha256 is '"
    ):
        weights.vae(recipe, mine)
