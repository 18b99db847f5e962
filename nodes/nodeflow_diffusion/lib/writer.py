"""Writing networks as one checkpoint file, in the layout that `layout` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from nodeflow_diffusion.lib import bert_layout, layout
from nodeflow_diffusion.lib.clip import ClipNetwork, clip_config, trunk
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.vae import VAE


def save_checkpoint(
    path: Path,
    unet: UNet | None = None,
    vae: VAE | None = None,
    text_model: nn.Module | TextEncoder | None = None,
    *,
    dtype: torch.dtype | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes a file that `open_checkpoint` reads; it replaces `path` in one move, never leaving half a file there.

    `text_model` is a transformers `CLIPTextModel`, or a text encoder; one of BERT's family has its vocabulary in the
    file, too, and ValueError is raised if it cannot be. A part that is None is left out: the file then goes with one
    from elsewhere. Weights are stored as `dtype`, else as they are. Sizes that shapes do not show go into the metadata;
    `metadata` adds to them, such as `nodeflow.prediction` and `nodeflow.latent_rgb`, and has the last word.
    """
    tensors: dict[str, Tensor] = {}
    said: dict[str, str] = {}
    if unet is not None:
        tensors |= _named(layout.UNET, unet, dtype)
        said |= _unet_metadata(unet)
    if vae is not None:
        tensors |= _named(layout.VAE, vae, dtype)
        said |= {"nodeflow.scaling": repr(vae.config.scaling), "nodeflow.shift": repr(vae.config.shift)}
    if text_model is not None:
        text_tensors, text_said = _text(text_model, dtype)
        tensors, said = tensors | text_tensors, said | text_said
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.touch()
        mode = unfinished.stat().st_mode
        save_file(tensors, unfinished, metadata={"format": "pt", **said, **(metadata or {})})
        order_metadata(unfinished)
        unfinished.chmod(mode)  # safetensors may leave a file that only its owner can read
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def order_metadata(path: Path) -> None:
    """Puts a safetensors file's metadata in order, which safetensors leaves to chance: equal weights, equal bytes."""
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
        assert len(text) == length
        file.seek(8)
        file.write(text)


def _text(text: nn.Module | TextEncoder, dtype: torch.dtype | None) -> tuple[dict[str, Tensor], dict[str, str]]:
    model = text.network.module if isinstance(text, TextEncoder) else text
    if not isinstance(text, TextEncoder) or isinstance(text.network, ClipNetwork):
        return _named(f"{layout.TEXT}text_model.", trunk(model), dtype), _text_metadata(model)
    tensors, said = bert_layout.written(text)
    kept = {name: _stored(tensor, dtype if tensor.is_floating_point() else None) for name, tensor in tensors.items()}
    return kept, said


def _named(prefix: str, module: nn.Module, dtype: torch.dtype | None) -> dict[str, Tensor]:
    state: Mapping[str, Tensor] = module.state_dict()
    return {f"{prefix}{name}": _stored(tensor, dtype) for name, tensor in state.items()}


def _stored(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    return tensor.to("cpu", dtype).contiguous()


def _unet_metadata(unet: UNet) -> dict[str, str]:
    config = unet.config
    if config.heads is not None:
        return {"nodeflow.heads": str(config.heads)}
    return {"nodeflow.head_dim": str(config.head_dim)}


def _text_metadata(text_model: nn.Module) -> dict[str, str]:
    config = clip_config(text_model)
    return {"nodeflow.text": json.dumps({"heads": config.heads, "activation": config.activation})}
