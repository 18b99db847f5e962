"""Writing a checkpoint and reading it back, bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, clip_config, clip_text_model, trunk
from nodeflow_diffusion.lib.preview import LatentRGB
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint
from safetensors import safe_open
from torch import nn


def equal(ours: nn.Module, theirs: nn.Module, dtype: torch.dtype) -> bool:
    a, b = ours.state_dict(), theirs.state_dict()
    return list(a) == list(b) and all(torch.equal(a[name].to(dtype), b[name]) for name in a)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_round_trip(
    tmp_path: Path, small_unet: UNet, small_vae: VAE, small_text: nn.Module, dtype: torch.dtype
) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, small_unet, small_vae, small_text, dtype=dtype)
    checkpoint = open_checkpoint(path)
    assert checkpoint.unet_config == small_unet.config
    assert checkpoint.vae_config == small_vae.config
    assert checkpoint.text_config == clip_config(small_text)
    assert equal(small_unet, checkpoint.unet(), dtype)
    assert equal(small_vae, checkpoint.vae(), dtype)
    assert equal(trunk(small_text), trunk(checkpoint.text_encoder().network.module), dtype)
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_shapes_do_not_show(tmp_path: Path) -> None:
    unet = UNet(
        UNetConfig(16, 16, (64,), 1, (2,), 0, 128, heads=None, head_dim=16, linear_projection=True, vector_dim=128)
    )
    vae = VAE(VAEConfig(latent_channels=16, channels=(32, 64), res_blocks=1, patch=4, scaling=1.0, shift=0.25))
    text = clip_text_model(ClipConfig(128, 1, 8, 256, 24, activation="gelu"))
    latent_rgb = LatentRGB(torch.randn(16, 3), torch.randn(3))
    metadata = {"nodeflow.prediction": "v", "nodeflow.latent_rgb": latent_rgb.dump()}
    save_checkpoint(tmp_path / "a.safetensors", unet, vae, text, metadata=metadata)
    checkpoint = open_checkpoint(tmp_path / "a.safetensors")
    assert checkpoint.unet_config == unet.config
    assert checkpoint.vae_config == vae.config
    assert checkpoint.text_config == clip_config(text)
    assert checkpoint.prediction == "v"
    assert checkpoint.latent_rgb is not None
    assert torch.equal(checkpoint.latent_rgb.weights, latent_rgb.weights)


def test_names_are_those_of_stable_diffusion(checkpoint_path: Path) -> None:
    with safe_open(checkpoint_path, "pt") as file:
        names = set(file.keys())
    assert {
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
        "model.diffusion_model.middle_block.1.proj_in.weight",
        "model.diffusion_model.out.2.bias",
        "first_stage_model.encoder.down.0.block.0.norm1.weight",
        "first_stage_model.decoder.up.1.upsample.conv.weight",
        "first_stage_model.quant_conv.weight",
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
        "cond_stage_model.transformer.text_model.encoder.layers.0.self_attn.q_proj.weight",
        "cond_stage_model.transformer.text_model.final_layer_norm.bias",
    } <= names


def test_without_a_text_encoder(tmp_path: Path, small_unet: UNet, small_vae: VAE) -> None:
    save_checkpoint(tmp_path / "a.safetensors", small_unet, small_vae)
    assert open_checkpoint(tmp_path / "a.safetensors", ("unet", "vae")).parts == ("unet", "vae")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, small_unet: UNet, small_vae: VAE) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        save_checkpoint(path, small_unet, small_vae, metadata={"number": 1})  # type: ignore[dict-item]
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.safetensors", b"old")]


def test_the_same_networks_are_the_same_bytes(tmp_path: Path, small_unet: UNet, small_vae: VAE) -> None:
    """safetensors itself leaves the order of metadata to chance; a recipe is known by its file's digest."""
    said = {f"key {i}": f"ä {i}" for i in range(8)}
    for name in ("a", "b", "c"):
        save_checkpoint(tmp_path / name, small_unet, small_vae, metadata=said)
    assert len({(tmp_path / name).read_bytes() for name in ("a", "b", "c")}) == 1
    with safe_open(tmp_path / "a", "pt") as file:
        assert said.items() <= file.metadata().items()
