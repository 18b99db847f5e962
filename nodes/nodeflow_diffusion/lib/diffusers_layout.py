"""Names of the weights in a diffusers folder, and the names that the single-file layout has for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_RESNET: Final = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET_OUTER: Final = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_VAE_ATTENTION: Final = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
    "query": "q",
    "key": "k",
    "value": "v",
    "proj_attn": "proj_out",
}
_BLOCK: Final = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")


def unet_names(names: Iterable[str]) -> dict[str, str]:
    """The layout's name for each name of a diffusers U-Net. Names without a counterpart stay as they are."""
    names = list(names)
    per_level = 1 + max((int(m[4]) for n in names if (m := _BLOCK.match(n)) and m[1] == "down"), default=0)
    attended = {(m[1], m[2]) for n in names if (m := _BLOCK.match(n)) and m[3] == "attentions"}
    return {name: _unet_name(name, per_level, attended) for name in names}


def _unet_name(name: str, per_level: int, attended: set[tuple[str | None, str | None]]) -> str:
    module, _, kind = name.rpartition(".")
    if module in _UNET_OUTER:
        return f"{_UNET_OUTER[module]}.{kind}"
    if match := _BLOCK.match(name):
        way, level, layer, number, rest = match.groups()
        if way == "down":
            first = 1 + int(level) * (per_level + 1)
            place = {"resnets": f"{first + int(number)}.0", "attentions": f"{first + int(number)}.1"}
            prefix = f"input_blocks.{place.get(layer, f'{first + per_level}.0')}"
        else:
            first = int(level) * (per_level + 1)
            after = 2 if (way, level) in attended else 1
            place = {"resnets": f"{first + int(number)}.0", "attentions": f"{first + int(number)}.1"}
            prefix = f"output_blocks.{place.get(layer, f'{first + per_level}.{after}')}"
        return f"{prefix}.{_inner(layer, rest)}"
    return _middle(name)


def _inner(layer: str, rest: str) -> str:
    if layer == "downsamplers":
        return rest.replace("conv.", "op.")
    return _renamed(rest, _RESNET) if layer == "resnets" else rest


def _middle(name: str) -> str:
    for old, new in (("mid_block.resnets.0.", "0."), ("mid_block.resnets.1.", "2.")):
        if name.startswith(old):
            return f"middle_block.{new}{_renamed(name.removeprefix(old), _RESNET)}"
    return name.replace("mid_block.attentions.0.", "middle_block.1.")


def _renamed(name: str, table: Mapping[str, str]) -> str:
    module, _, kind = name.rpartition(".")
    return f"{table.get(module, module)}.{kind}"


def vae_names(names: Iterable[str]) -> dict[str, str]:
    """The layout's name for each name of a diffusers VAE; its decoder counts levels from the other end."""
    names = list(names)
    levels = 1 + max((int(m[2]) for n in names if (m := _BLOCK.search(n))), default=0)
    return {name: _vae_name(name, levels) for name in names}


def _vae_name(name: str, levels: int) -> str:
    if match := _BLOCK.search(name):
        way, level, layer, number, rest = match.groups()
        here = name[: match.start()]
        place = f"{here}{way}.{level if way == 'down' else levels - 1 - int(level)}"
        if layer == "resnets":
            return f"{place}.block.{number}.{rest.replace('conv_shortcut', 'nin_shortcut')}"
        return f"{place}.{layer.removesuffix('rs')}.{rest.removeprefix('0.')}"
    for old, new in (("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2")):
        name = name.replace(old, new)
    before, found, rest = name.partition("mid_block.attentions.0.")
    if found:
        return f"{before}mid.attn_1.{_renamed(rest, _VAE_ATTENTION)}"
    return name.replace("conv_norm_out", "norm_out")
