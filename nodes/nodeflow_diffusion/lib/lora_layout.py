"""The names of a U-Net's and a text encoder's layers in LoRA files: those of diffusers and peft, and kohya's."""

from __future__ import annotations

import re
from typing import Final

from torch import nn

from nodeflow_diffusion.lib.unet import UNet

_OUTER: Final = {
    "input_blocks.0.0": "conv_in",
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1",
    "label_emb.0.2": "add_embedding.linear_2",
    "out.2": "conv_out",
}
_RESNET: Final = {
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_BLOCK: Final = re.compile(r"(input|output)_blocks\.(\d+)\.(\d+)\.(.+)")
_MIDDLE: Final = {"0": "mid_block.resnets.0", "1": "mid_block.attentions.0", "2": "mid_block.resnets.1"}


def diffusers_name(name: str, res_blocks: int) -> str:
    """What diffusers calls a layer of our U-Net, which has so many residual blocks a level."""
    if name in _OUTER:
        return _OUTER[name]
    if match := _BLOCK.match(name):
        return _block_name(match[1], int(match[2]), int(match[3]), match[4], res_blocks)
    _, number, rest = name.split(".", 2)
    return f"{_MIDDLE[number]}.{_RESNET.get(rest, rest)}"


def _block_name(way: str, number: int, part: int, rest: str, res_blocks: int) -> str:
    level, block = divmod(number - 1 if way == "input" else number, res_blocks + 1)
    if way == "input" and block == res_blocks:
        return f"down_blocks.{level}.downsamplers.0.conv"
    place = f"{'down' if way == 'input' else 'up'}_blocks.{level}"
    if part == 0:
        return f"{place}.resnets.{block}.{_RESNET.get(rest, rest)}"
    if rest == "conv":
        return f"{place}.upsamplers.0.conv"
    return f"{place}.attentions.{block}.{rest}"


def layers(network: nn.Module) -> dict[str, str]:
    """Every layer of a network that a LoRA can change, by each name that a file may have for it."""
    changeable = [name for name, layer in network.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    if isinstance(network, UNet):
        named = {f"unet.{diffusers_name(name, network.config.res_blocks)}": name for name in changeable}
        prefixes = ("unet", "lora_unet")
    else:
        named = {f"text_encoder.text_model.{name.removeprefix('text_model.')}": name for name in changeable}
        prefixes = ("text_encoder", "lora_te")
    return named | {_kohya(long, *prefixes): name for long, name in named.items()}


def _kohya(name: str, prefix: str, short: str) -> str:
    return f"{short}_{name.removeprefix(f'{prefix}.').replace('.', '_')}"
