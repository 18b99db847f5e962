"""Writing networks as one checkpoint file, in the layout that `layout` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from nodeflow_diffusion.lib import layout
from nodeflow_diffusion.lib.clip import clip_config, trunk
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.vae import VAE


def save_checkpoint(
    path: Path,
    unet: UNet,
    vae: VAE,
    text_model: nn.Module | None = None,
    *,
    dtype: torch.dtype | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes a file that `open_checkpoint` reads; it replaces `path` in one move, never leaving half a file there.

    `text_model` is a transformers `CLIPTextModel`, None for a checkpoint that goes with an encoder from elsewhere.
    Weights are stored as `dtype`, else as they are. Sizes that shapes do not show go into the metadata; `metadata` adds
    to them, such as `nodeflow.prediction` and `nodeflow.latent_rgb`, and has the last word.
    """
    tensors = _named(layout.UNET, unet, dtype) | _named(layout.VAE, vae, dtype)
    said = _unet_metadata(unet) | {
        "nodeflow.scaling": repr(vae.config.scaling),
        "nodeflow.shift": repr(vae.config.shift),
    }
    if text_model is not None:
        tensors |= _named(f"{layout.TEXT}text_model.", trunk(text_model), dtype)
        said |= _text_metadata(text_model)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.touch()
        mode = unfinished.stat().st_mode
        save_file(tensors, unfinished, metadata={"format": "pt", **said, **(metadata or {})})
        unfinished.chmod(mode)  # safetensors may leave a file that only its owner can read
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _named(prefix: str, module: nn.Module, dtype: torch.dtype | None) -> dict[str, Tensor]:
    state: Mapping[str, Tensor] = module.state_dict()
    return {f"{prefix}{name}": tensor.to("cpu", dtype).contiguous() for name, tensor in state.items()}


def _unet_metadata(unet: UNet) -> dict[str, str]:
    config = unet.config
    if config.heads is not None:
        return {"nodeflow.heads": str(config.heads)}
    return {"nodeflow.head_dim": str(config.head_dim)}


def _text_metadata(text_model: nn.Module) -> dict[str, str]:
    config = clip_config(text_model)
    return {"nodeflow.text": json.dumps({"heads": config.heads, "activation": config.activation})}
