"""Sizes read from shapes, without a file."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model, trunk
from nodeflow_diffusion.lib.layout import text_config, unet_config, vae_config
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from torch import nn

WIDTHS = st.sampled_from([32, 64, 96])
UNETS = st.lists(st.tuples(WIDTHS, st.integers(0, 2)), min_size=1, max_size=3).flatmap(
    lambda levels: st.builds(
        UNetConfig,
        in_channels=st.sampled_from([4, 9, 16]),
        out_channels=st.sampled_from([4, 16]),
        channels=st.just(tuple(width for width, _ in levels)),
        res_blocks=st.integers(1, 2),
        depths=st.just(tuple(depth for _, depth in levels)),
        middle_depth=st.integers(1, 2),
        context_dim=st.sampled_from([24, 768]),
        heads=st.just(8),
        linear_projection=st.booleans(),
        vector_dim=st.sampled_from([None, 48]),
    )
)


def shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def built(kind: type[UNet] | type[VAE], config: UNetConfig | VAEConfig) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        return shapes(kind(config))  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(UNETS)
def test_every_unet_is_read_back(config: UNetConfig) -> None:
    assert unet_config(built(UNet, config), {}) == config


@pytest.mark.parametrize("patch", [1, 2, 4])
@pytest.mark.parametrize("quant_conv", [True, False])
def test_every_vae_is_read_back(patch: int, quant_conv: bool) -> None:
    config = VAEConfig(16, (32, 64, 64), 2, patch, quant_conv=quant_conv)
    assert vae_config(built(VAE, config), {}) == config


def test_the_networks_of_stable_diffusion() -> None:
    assert unet_config(built(UNet, UNetConfig()), {}) == UNetConfig()
    assert vae_config(built(VAE, VAEConfig()), {}) == VAEConfig()
    with torch.device("meta"):
        assert text_config(shapes(trunk(clip_text_model(ClipConfig()))), {}) == ClipConfig()


def test_stable_diffusion_2_has_heads_of_width_64() -> None:
    config = UNetConfig(channels=(64, 128), depths=(1, 1), context_dim=1024, heads=None, head_dim=64)
    assert unet_config(built(UNet, config), {}) == config


def test_metadata_tells_what_shapes_do_not() -> None:
    config = UNetConfig(channels=(64,), depths=(1,), context_dim=32)
    assert unet_config(built(UNet, config), {"nodeflow.heads": "2"}) == dataclasses.replace(config, heads=2)
    expected = dataclasses.replace(config, heads=None, head_dim=16)
    assert unet_config(built(UNet, config), {"nodeflow.head_dim": "16"}) == expected
    vae = VAEConfig(channels=(32,))
    said = {"nodeflow.scaling": "1.5", "nodeflow.shift": "-0.25"}
    assert vae_config(built(VAE, vae), said) == dataclasses.replace(vae, scaling=1.5, shift=-0.25)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"nodeflow.heads": "many"}, "'nodeflow.heads' is 'many'; a whole number above 0"),
        ({"nodeflow.heads": "0"}, "a whole number above 0"),
        ({"nodeflow.heads": "-1"}, "a whole number above 0"),
        ({"nodeflow.heads": "7"}, r"7 heads do not divide the U-Net's widths \[64\]"),
        ({"nodeflow.head_dim": "7"}, r"heads of width 7 do not divide the U-Net's widths \[64\]"),
    ],
)
def test_wrong_metadata_of_a_unet(metadata: dict[str, str], words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        unet_config(built(UNet, UNetConfig(channels=(64,), depths=(1,), context_dim=32)), metadata)


@pytest.mark.parametrize("said", ["much", "nan", "inf", ""])
def test_wrong_scaling(said: str) -> None:
    with pytest.raises(CheckpointError, match="a number would be right"):
        vae_config(built(VAE, VAEConfig(channels=(32,))), {"nodeflow.scaling": said})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[", "a JSON object"),
        ("[]", "a JSON object"),
        ('{"activation": "x"}', "'x' of the text"),
        ('{"heads": 5}', "5 heads do not"),
        ('{"heads": "2"}', "'2' heads"),
    ],
)
def test_wrong_sizes_of_a_text_encoder(small_text: nn.Module, said: str, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        text_config(shapes(trunk(small_text)), {"nodeflow.text": said})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input_blocks.1.0.in_layers.2.weight": (96, 32, 3, 3)}, r"blocks of \(width, depth\)"),
        ({"input_blocks.0.0.weight": (4,)}, "4 dimensions"),
        ({"input_blocks.0.0.weight": None}, "no tensor 'input_blocks.0.0.weight'"),
        ({"out.2.weight": None}, "no tensor 'out.2.weight'"),
    ],
)
def test_unets_of_another_build(changes: dict[str, tuple[int, ...] | None], words: str) -> None:
    found: dict[str, tuple[int, ...] | None] = {**built(UNet, UNetConfig(channels=(32, 64), depths=(1, 1)))}
    found |= changes
    with pytest.raises(CheckpointError, match=words):
        unet_config({name: shape for name, shape in found.items() if shape is not None}, {})


def test_a_unet_without_cross_attention() -> None:
    with pytest.raises(CheckpointError, match="has no cross-attention"):
        unet_config(built(UNet, UNetConfig(channels=(32,), depths=(0,), middle_depth=0)), {})


def test_a_vae_of_odd_patches() -> None:
    found = built(VAE, VAEConfig(channels=(32,))) | {"encoder.conv_in.weight": (32, 6, 3, 3)}
    with pytest.raises(CheckpointError, match="takes 6 channels; RGB in square patches has 3, 12, 27, 48"):
        vae_config(found, {})


def test_widths_that_norms_cannot_group() -> None:
    found = built(VAE, VAEConfig(channels=(32,))) | {"encoder.down.0.block.0.conv2.weight": (40, 40, 3, 3)}
    with pytest.raises(CheckpointError, match=r"the VAE has widths \[40\]; its norms have 32 groups"):
        vae_config(found, {})
