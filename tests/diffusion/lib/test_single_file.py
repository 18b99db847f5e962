"""The single-file layout as diffusers reads it, with its own table of names, gives the same results as ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as diffusers_reads
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

DTYPES = [torch.float32, torch.float16, torch.bfloat16]
WIDTHS = (32, 64, 64, 64)
TEXT = ClipConfig(width=64, layers=3, heads=1, intermediate=128)


@pytest.fixture(scope="module", params=DTYPES, ids=str)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the build of Stable Diffusion 1.x, but narrow, without metadata that would help."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("single") / "model.safetensors"
    unet, vae = UNet(UNetConfig(channels=WIDTHS, context_dim=64)), VAE(VAEConfig(channels=WIDTHS))
    nothing = {"nodeflow.heads": "8", "nodeflow.scaling": "0.18215", "nodeflow.text": "{}"}
    save_checkpoint(path, unet, vae, clip_text_model(TEXT), dtype=request.param, metadata=nothing)
    return path


def relative_error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@torch.no_grad()
def test_the_unet(path: Path) -> None:
    theirs: Any = UNet2DConditionModel(block_out_channels=WIDTHS, cross_attention_dim=64, attention_head_dim=8)
    state = diffusers_reads.convert_ldm_unet_checkpoint(load_file(path), dict(theirs.config))
    theirs.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=True)
    x, context, t = torch.randn(2, 4, 8, 16), torch.randn(2, 77, 64), torch.tensor([3.0, 970.0])
    ours = open_checkpoint(path).unet().float()
    assert relative_error(ours(x, t, context), theirs.eval()(x, t, context).sample) < 1e-4


@torch.no_grad()
def test_the_vae(path: Path) -> None:
    theirs: Any = AutoencoderKL(
        block_out_channels=WIDTHS,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=2,
    )
    state = diffusers_reads.convert_ldm_vae_checkpoint(load_file(path), dict(theirs.config))
    theirs.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=True)
    ours, picture, z = open_checkpoint(path).vae().float(), torch.rand(1, 3, 32, 48) * 2 - 1, torch.randn(1, 4, 5, 4)
    assert relative_error(ours.posterior(picture).mean, theirs.eval().encode(picture).latent_dist.mean) < 1e-4
    assert relative_error(ours.decode(z * 0.18215), theirs.decode(z).sample) < 1e-4


@torch.no_grad()
def test_the_text_encoder(path: Path) -> None:
    sizes = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 1, "intermediate_size": 128}
    theirs: Any = CLIPTextModel(CLIPTextConfig(**sizes, vocab_size=49408))
    state = diffusers_reads.convert_ldm_clip_checkpoint(load_file(path))
    names = set(theirs.state_dict())
    renamed = {n if n in names else n.removeprefix("text_model."): t.float() for n, t in state.items()}
    theirs.load_state_dict(renamed, strict=True)
    encoder = open_checkpoint(path).text_encoder()
    encoder.network.module.float()
    ids = torch.tensor([[49406, 320, 1125, 539, 320, 2368, *[49407] * 71]])
    expected = theirs.eval()(input_ids=ids)
    assert relative_error(encoder.encode("a photo of a cat").context, expected.last_hidden_state) < 1e-4
    assert relative_error(encoder.encode("a photo of a cat").pooled, expected.pooler_output) < 1e-4


def test_weights_are_the_files(path: Path) -> None:
    stored = load_file(path)
    checkpoint = open_checkpoint(path)
    for prefix, network in (("model.diffusion_model.", checkpoint.unet()), ("first_stage_model.", checkpoint.vae())):
        for name, weight in network.state_dict().items():
            assert torch.equal(weight, stored[f"{prefix}{name}"]), name


@torch.no_grad()
def test_a_vae_alone_with_diffusers_names(tmp_path: Path) -> None:
    """As fine-tuned VAEs are often given away: one file out of a folder."""
    theirs: Any = AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
    ).eval()
    theirs.save_pretrained(tmp_path)
    checkpoint = open_checkpoint(tmp_path / "diffusion_pytorch_model.safetensors", ["vae"])
    z = torch.randn(1, 4, 5, 4)
    assert relative_error(checkpoint.vae().decode(z * 0.18215), theirs.decode(z).sample) < 1e-4
