"""Parts of a model, from wherever they are, as one checkpoint file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.writer import save_checkpoint

from nodeflow import File
from nodeflow_training import loading

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_training.nodes.checkpoint import SaveCheckpoint


def saved(node: SaveCheckpoint, ctx: Context) -> File:
    """The file, in the store. Raises ValueError for a text encoder that no file can hold."""
    dtype = None if node.dtype == "stored" else getattr(torch, node.dtype)
    opened = loading.opened(node.model.file, ["unet"], ctx)
    unet = cast("UNet", loading.patched(opened.unet(), node.model.patches, ctx))
    vae = loading.opened(node.vae.file, ["vae"], ctx)
    encoder = loading.opened(node.text_encoder.file, ["text_encoder"], ctx).text_encoder()
    text = loading.patched_text(encoder, node.text_encoder.patches, ctx)
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        path = Path(folder) / f"{node.name}.safetensors"
        said: dict[str, str] = {"nodeflow.prediction": node.model.prediction or opened.prediction}
        if (rgb := vae.latent_rgb or opened.latent_rgb) is not None:
            said["nodeflow.latent_rgb"] = rgb.dump()
        save_checkpoint(path, unet, vae.vae(), text, dtype=dtype, metadata=said)
        return loading.kept(path, path.name, ctx).file
