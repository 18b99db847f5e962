"""LoRA: a network whose weights are changed by products of two thin matrices (Hu et al. 2021, arXiv:2106.09685)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.convolution import Conv2d
from nodeflow_diffusion.lib.lora_layout import layers
from nodeflow_diffusion.lib.lora_names import Kind, is_for_text, sorted_out
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.tensor_file import TensorFile
from nodeflow_diffusion.lib.unet import UNet

M = TypeVar("M", bound=nn.Module)


def patch(network: nn.Module, path: Path, strength: float) -> nn.Module:
    """The network with W + strength alpha / rank up down in the place of each weight W that the file names.

    It shares all other weights with `network`, which stays as it is. Raises CheckpointError if the file is no LoRA, or
    one for layers that the network has not or has in another size.
    """
    file = TensorFile(path)
    known, text = layers(network), not isinstance(network, UNet)
    changed = shared(network)
    for layer, sides in changes(file).items():
        if is_for_text(layer) != text:
            continue
        if layer not in known:
            raise CheckpointError(
                f"{path.name!r} changes {layer!r}, which this model has not; a LoRA for a model of its kind is right"
            )
        tensors = dict(file.mapped(sides.values()))
        _change(changed, known[layer], {side: tensors[name] for side, name in sides.items()}, strength, path)
    return changed


def changes(file: TensorFile) -> dict[str, dict[Kind, str]]:
    """The names of the tensors for each layer that a LoRA changes. Raises CheckpointError if the file is none."""
    found = sorted_out(file.shapes)
    broken = [layer for layer, sides in found.items() if not {"down", "up"} <= sides.keys()]
    if broken or not found:
        strange = repr(broken[0]) if broken else "nothing"
        raise CheckpointError(f"{file.path.name!r} is no LoRA of a form that is known here: {strange} is in it")
    return found


@torch.no_grad()
def _change(network: nn.Module, name: str, sides: Mapping[Kind, Tensor], strength: float, path: Path) -> None:
    """Puts a changed twin of a layer in its place."""
    old = network.get_submodule(name)
    assert isinstance(old, nn.Linear | nn.Conv2d)
    weight = old.plain_weight if isinstance(old, Conv2d) else old.weight
    down, up = (sides[side].float().flatten(1) for side in ("down", "up"))
    rank = down.shape[0]
    if up.shape[1] != rank or up.shape[0] * down.shape[1] != weight.numel() or up.shape[0] != weight.shape[0]:
        raise CheckpointError(
            f"{path.name!r} changes {name!r} by {list(up.shape)} times {list(down.shape)}, and its weight is "
            f"{list(weight.shape)}; a LoRA for this very model is right"
        )
    scale = strength * (float(sides["alpha"]) / rank if "alpha" in sides else 1.0)
    delta = (up @ down).reshape(weight.shape).to(weight.device)
    twin = shared(old)
    twin.weight = nn.Parameter((weight.float() + scale * delta).to(weight), requires_grad=False)
    if isinstance(old, Conv2d) and old.weight.is_mkldnn:
        assert isinstance(twin, Conv2d)
        twin.pack()
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, twin)


def shared(module: M) -> M:
    """A network of its own structure that shares every weight: layers of it can be replaced without a trace."""
    twin = object.__new__(type(module))
    parts = module.__dict__
    children = {name: None if child is None else shared(child) for name, child in parts["_modules"].items()}
    twin.__dict__ = {**parts, "_parameters": dict(parts["_parameters"]), "_modules": children}
    return twin
