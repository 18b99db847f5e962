"""A diffusers folder, saved by diffusers and transformers themselves, gives the same results as theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.tokenizer import _merges, clip_tokenizer
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    """The networks of a small Stable Diffusion 2: heads of one width, linear projections, v prediction."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
        cross_attention_dim=64,
        attention_head_dim=[2, 4],
        use_linear_projection=True,
    )
    vae = AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
        scaling_factor=0.5,
    )
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    text = CLIPTextModel(CLIPTextConfig(**sizes, hidden_act="gelu", vocab_size=49408))
    tokenizer = CLIPTokenizer(vocab=clip_tokenizer().get_vocab(with_added_tokens=True), merges=_merges(), pad_token="!")  # noqa: S106
    return {"unet": unet.eval(), "vae": vae.eval(), "text_encoder": text.eval(), "tokenizer": tokenizer}


@pytest.fixture
def folder(pipeline: dict[str, Any], tmp_path: Path) -> Path:
    for name, part in pipeline.items():
        part.save_pretrained(tmp_path / name)
    write(tmp_path, prediction_type="v_prediction", beta_start=0.001, beta_end=0.013)
    return tmp_path


def write(folder: Path, **scheduler: object) -> None:
    (folder / "scheduler").mkdir(exist_ok=True)
    config = {"beta_schedule": "scaled_linear", **scheduler}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(config))


def relative_error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@torch.no_grad()
def test_the_same_results(folder: Path, pipeline: dict[str, Any]) -> None:
    checkpoint = open_checkpoint(folder)
    x, context, t = torch.randn(1, 4, 7, 6), torch.randn(1, 5, 64), torch.tensor([321.0])
    assert relative_error(checkpoint.unet()(x, t, context), pipeline["unet"](x, t, context).sample) < 1e-4
    expected = pipeline["vae"].decode(x / 0.5).sample
    assert relative_error(checkpoint.vae().decode(x), expected) < 1e-4
    tokens = pipeline["tokenizer"]("a photo of a cat", padding="max_length", max_length=77, return_tensors="pt")
    assert tokens.input_ids[0, 7] == 0
    hidden = pipeline["text_encoder"](tokens.input_ids).last_hidden_state
    assert relative_error(checkpoint.text_encoder().encode("a photo of a cat").context, hidden) < 1e-4


def test_what_the_configs_say(folder: Path) -> None:
    checkpoint = open_checkpoint(folder)
    assert checkpoint.unet_config.head_dim == 16
    assert checkpoint.unet_config.linear_projection
    assert checkpoint.vae_config.scaling == 0.5
    assert isinstance(checkpoint.text_config, ClipConfig)
    assert checkpoint.text_config.activation == "gelu"
    assert checkpoint.prediction == "v"
    assert checkpoint.latent_rgb is not None
    assert {p.dtype for p in checkpoint.unet(Placement(dtype="bfloat16")).parameters()} == {torch.bfloat16}


@pytest.mark.parametrize(
    "config",
    [
        {"beta_start": 0.001, "beta_end": 0.013},
        {"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02, "num_train_timesteps": 100},
        {"beta_schedule": "squaredcos_cap_v2"},
        {"trained_betas": [0.1, 0.2, 0.3]},
    ],
)
def test_levels_are_those_of_diffusers(folder: Path, config: dict[str, Any]) -> None:
    write(folder, **config)
    theirs: Any = DDIMScheduler(**{"beta_schedule": "scaled_linear", **config})
    levels = open_checkpoint(folder).levels
    expected = ((1 - theirs.alphas_cumprod) / theirs.alphas_cumprod).sqrt()
    assert torch.allclose(levels.sigmas[:-1], expected[:-1].float(), rtol=2e-3)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"prediction_type": "sample"}, "predicts 'sample'; there are epsilon, v_prediction"),
        ({"rescale_betas_zero_snr": True}, "ends at zero signal"),
        ({"beta_schedule": "sigmoid"}, "has betas 'sigmoid'; there are"),
    ],
)
def test_schedulers_that_are_refused(folder: Path, config: dict[str, Any], words: str) -> None:
    write(folder, **config)
    with pytest.raises(CheckpointError, match=words):
        open_checkpoint(folder)


def test_a_variant_of_the_weights_will_do(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("diffusion_pytorch_model.fp16.safetensors"))
    open_checkpoint(folder).unet()


def test_pickles_are_refused(folder: Path) -> None:
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(
        CheckpointError, match=r"/vae has no \.safetensors file but 'diffusion_pytorch_model\.bin', a pickle"
    ):
        open_checkpoint(folder)


def test_pieces_are_refused(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("diffusion_pytorch_model-00001-of-00002.safetensors"))
    with pytest.raises(CheckpointError, match="/unet is in pieces"):
        open_checkpoint(folder)


def test_sdxl_is_refused(folder: Path) -> None:
    (folder / "text_encoder_2").mkdir()
    with pytest.raises(CheckpointError, match="is an SDXL folder"):
        open_checkpoint(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is a folder without unet, vae or text_encoder"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("part", "changes", "words"),
    [
        ("unet", {"norm_num_groups": 16}, "norms in 16 groups; Stable Diffusion's has 32"),
        ("unet", {"attention_head_dim": [2, 8]}, r"has heads \[2, 8\] at \[32, 64\]: one width wanted"),
        ("text_encoder", {"model_type": "t5"}, "has a text encoder 't5'; CLIP's or one of bert, .* would be right"),
    ],
)
def test_other_networks_are_refused(folder: Path, part: str, changes: dict[str, object], words: str) -> None:
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(CheckpointError, match=words):
        open_checkpoint(folder)


def test_a_broken_config_is_refused(folder: Path) -> None:
    (folder / "unet" / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"/unet/config.json is not JSON"):
        open_checkpoint(folder)
