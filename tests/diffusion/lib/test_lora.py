"""A LoRA changes the weights it names by its product, in the names of diffusers and kohya, and shares the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.convolution import pack
from nodeflow_diffusion.lib.diffusers_layout import unet_names
from nodeflow_diffusion.lib.lora import patch
from nodeflow_diffusion.lib.lora_layout import diffusers_name, layers
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from safetensors.torch import save_file
from torch import Tensor, nn

SMALL = UNetConfig(channels=(32, 64), res_blocks=2, depths=(1, 0), context_dim=32, heads=4, vector_dim=24)
LAYER, OURS = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v", "middle_block.1.transformer_blocks.0.attn2.to_v"


@pytest.fixture(scope="module")
def unet() -> UNet:
    torch.manual_seed(0)
    return UNet(SMALL).eval().requires_grad_(requires_grad=False)


def sides(weight: Tensor, rank: int = 2) -> tuple[Tensor, Tensor]:
    numbers = torch.Generator().manual_seed(rank)
    down = torch.randn(rank, *weight.shape[1:], generator=numbers)
    return down, torch.randn(weight.shape[0], rank, *[1] * (weight.ndim - 2), generator=numbers)


@pytest.mark.parametrize("config", [UNetConfig(), SMALL], ids=["sd1", "small"])
def test_names_are_the_inverse_of_those_that_are_read(config: UNetConfig) -> None:
    with torch.device("meta"):
        unet = UNet(config)
    known = [name for name, layer in unet.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    theirs = {name: diffusers_name(name, config.res_blocks) for name in known}
    assert len(set(theirs.values())) == len(known)
    back = unet_names(f"{name}.weight" for name in theirs.values())
    assert all(back[f"{theirs[name]}.weight"] == f"{name}.weight" for name in known)


def test_names_are_those_of_a_unet_of_diffusers() -> None:
    with torch.device("meta"):
        theirs: Any = UNet2DConditionModel(cross_attention_dim=768, attention_head_dim=8)
        ours = UNet(UNetConfig())
    expected = {f"unet.{name}" for name, layer in theirs.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)}
    assert {name for name in layers(ours) if name.startswith("unet.")} == expected


@pytest.mark.parametrize(
    ("form", "alpha"),
    [
        (("unet.{dots}.lora_A.weight", "unet.{dots}.lora_B.weight"), None),
        (("unet.{dots}.lora.down.weight", "unet.{dots}.lora.up.weight"), None),
        (("lora_unet_{lines}.lora_down.weight", "lora_unet_{lines}.lora_up.weight"), 1.0),
    ],
    ids=["peft", "diffusers", "kohya"],
)
@torch.no_grad()
def test_a_weight_is_changed_by_the_product(
    unet: UNet, tmp_path: Path, form: tuple[str, str], alpha: float | None
) -> None:
    weight = unet.get_submodule(OURS).weight
    assert isinstance(weight, Tensor)
    down, up = sides(weight)
    names = [each.format(dots=LAYER, lines=LAYER.replace(".", "_")) for each in form]
    tensors = {names[0]: down, names[1]: up}
    if alpha is not None:
        tensors[names[0].replace("lora_down.weight", "alpha")] = torch.tensor(alpha)
    save_file(tensors, tmp_path / "lora.safetensors")
    before = {name: tensor.clone() for name, tensor in unet.state_dict().items()}
    changed = patch(unet, tmp_path / "lora.safetensors", 0.5)
    scale = 0.5 if alpha is None else 0.5 * alpha / 2
    after = changed.state_dict()
    assert torch.allclose(after[f"{OURS}.weight"], before[f"{OURS}.weight"] + scale * up @ down, atol=1e-5)
    assert all(torch.equal(tensor, before[name]) for name, tensor in unet.state_dict().items())
    shared = [name for name in after if after[name].data_ptr() == unet.state_dict()[name].data_ptr()]
    assert len(shared) == len(after) - 1


@torch.no_grad()
def test_convolutions_change_too_and_stay_packed(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet = UNet(SMALL).eval().bfloat16().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    conv = unet.get_submodule("input_blocks.1.0.in_layers.2")
    weight = conv.weight.detach().clone()
    down, up = sides(weight.float())
    name = "unet.down_blocks.0.resnets.0.conv1"
    save_file({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}, tmp_path / "lora.safetensors")
    pack(unet)
    changed = patch(unet, tmp_path / "lora.safetensors", 1.0).get_submodule("input_blocks.1.0.in_layers.2")
    assert changed.weight.is_mkldnn == conv.weight.is_mkldnn
    delta = (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    assert torch.allclose(changed.plain_weight.float(), weight.float() + delta, atol=0.05, rtol=0.02)


@torch.no_grad()
def test_a_text_encoder_takes_its_own_part(unet: UNet, tmp_path: Path) -> None:
    text = clip_text_model(ClipConfig(width=32, layers=1, heads=2, intermediate=64, vocabulary=100))
    name = "text_encoder.text_model.encoder.layers.0.self_attn.q_proj"
    weight = next(w for n, w in text.named_parameters() if n.endswith("layers.0.self_attn.q_proj.weight"))
    down, up = sides(weight)
    save_file({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}, tmp_path / "lora.safetensors")
    changed = patch(text, tmp_path / "lora.safetensors", 1.0)
    found = next(w for n, w in changed.named_parameters() if n.endswith("layers.0.self_attn.q_proj.weight"))
    assert torch.allclose(found, weight + up @ down, atol=1e-5)
    same = patch(unet, tmp_path / "lora.safetensors", 1.0).state_dict()
    assert all(torch.equal(tensor, same[name]) for name, tensor in unet.state_dict().items())


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"some.weight": torch.ones(2)}, r"is no LoRA of a form that is known here: 'some.weight' is in it"),
        ({"unet.a.lora_A.weight": torch.ones(2, 2)}, r"'unet.a' is in it"),
        (
            {"unet.no.such.lora_A.weight": torch.ones(1, 2), "unet.no.such.lora_B.weight": torch.ones(2, 1)},
            r"changes 'unet.no.such', which this model has not",
        ),
        (
            {f"unet.{LAYER}.lora_A.weight": torch.ones(1, 9), f"unet.{LAYER}.lora_B.weight": torch.ones(64, 1)},
            r"by \[64, 1\] times \[1, 9\], and its weight is \[64, 32\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(unet: UNet, tmp_path: Path, tensors: dict[str, Tensor], message: str) -> None:
    save_file(tensors, tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError, match=message):
        patch(unet, tmp_path / "odd.safetensors", 1.0)
