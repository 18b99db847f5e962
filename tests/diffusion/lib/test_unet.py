"""The U-Net against diffusers' on the same weights, carried over by `diffusers_layout`."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.diffusers_layout import unet_names
from nodeflow_diffusion.lib.unet import UNet, UNetConfig, timestep_embedding

SD1 = UNetConfig(channels=(32, 32, 64), res_blocks=2, depths=(1, 1, 0), context_dim=48, heads=4)
SD2 = UNetConfig(
    channels=(32, 64), res_blocks=1, depths=(1, 1), context_dim=32, heads=None, head_dim=16, linear_projection=True
)
TINY = UNetConfig(16, 16, (32, 64), 1, (0, 2), 2, 32, heads=2)
CONFIGS = {"sd1": SD1, "sd2": SD2, "deeper": TINY}


@functools.cache
def pair(config: UNetConfig) -> tuple[UNet, Any]:
    """Our U-Net and diffusers' of the same sizes, with the same random weights."""
    torch.manual_seed(0)
    attended = [bool(depth) for depth in config.depths]
    heads = [config.heads_of(width) for width in config.channels]
    theirs = UNet2DConditionModel(
        in_channels=config.in_channels,
        out_channels=config.out_channels,
        block_out_channels=config.channels,
        layers_per_block=config.res_blocks,
        down_block_types=["CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attended],
        up_block_types=["CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attended)],
        transformer_layers_per_block=[max(depth, 1) for depth in config.depths[:-1]] + [config.middle_depth],
        cross_attention_dim=config.context_dim,
        attention_head_dim=heads,
        use_linear_projection=config.linear_projection,
    ).eval()
    return same(config, theirs), theirs


def same(config: UNetConfig, theirs: Any) -> UNet:
    state = theirs.state_dict()
    names = unet_names(state)
    unet = UNet(config)
    unet.load_state_dict({names[name]: tensor for name, tensor in state.items()}, strict=True)
    return unet.eval()


def relative_error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("size", [(8, 8), (8, 12), (9, 7), (13, 10)])
@torch.no_grad()
def test_parity_with_diffusers(name: str, size: tuple[int, int]) -> None:
    config = CONFIGS[name]
    ours, theirs = pair(config)
    x, context = torch.randn(2, config.in_channels, *size), torch.randn(2, 5, config.context_dim)
    timesteps = torch.tensor([3.0, 981.5])
    expected = theirs(x, timesteps, context).sample
    assert relative_error(ours(x, timesteps, context), expected) < 1e-4


@torch.no_grad()
def test_the_pooled_vector_is_added_as_diffusers_adds_its_own() -> None:
    """SDXL's `add_embedding` is fed with a vector; ours is, too, with no time ids in it."""
    config = UNetConfig(channels=(32, 64), res_blocks=1, depths=(1, 1), context_dim=32, heads=4, vector_dim=24)
    torch.manual_seed(0)
    theirs = UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=["CrossAttnDownBlock2D"] * 2,
        up_block_types=["CrossAttnUpBlock2D"] * 2,
        cross_attention_dim=32,
        attention_head_dim=4,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=24,
    ).eval()
    x, context, vector = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 32), torch.randn(2, 24)
    timesteps, ids = torch.tensor([7.0, 700.0]), torch.tensor([[3.0], [5.0]])
    embedded = timestep_embedding(ids.flatten(), 8)
    added = {"text_embeds": vector[:, :16], "time_ids": ids}
    expected = theirs(x, timesteps, context, added_cond_kwargs=added).sample
    ours = same(config, theirs)(x, timesteps, context, torch.cat([vector[:, :16], embedded], dim=1))
    assert relative_error(ours, expected) < 1e-4


def test_a_missing_vector_is_an_error() -> None:
    unet = UNet(UNetConfig(channels=(32,), res_blocks=1, depths=(1,), context_dim=8, heads=4, vector_dim=16))
    with pytest.raises(ValueError, match="pooled vector of width 16"):
        unet(torch.zeros(1, 4, 4, 4), torch.zeros(1), torch.zeros(1, 2, 8))


def test_a_config_says_heads_or_their_width() -> None:
    with pytest.raises(ValueError, match="set one of heads and head_dim"):
        UNetConfig(heads=8, head_dim=64)
    with pytest.raises(ValueError, match="give one a level"):
        UNetConfig(channels=(32, 64), depths=(1,))


@torch.no_grad()
def test_the_size_of_stable_diffusion() -> None:
    with torch.device("meta"):
        parameters = sum(p.numel() for p in UNet(UNetConfig()).parameters())
    assert parameters == 859_520_964


@torch.no_grad()
def test_repeating_the_context_changes_nothing() -> None:
    unet = UNet(SD1).eval()
    x, context = torch.randn(1, 4, 6, 6), torch.randn(1, 5, 48)
    once, thrice = (unet(x, torch.tensor([9.0]), context.repeat(1, n, 1)) for n in (1, 3))
    assert relative_error(thrice, once) < 1e-4
