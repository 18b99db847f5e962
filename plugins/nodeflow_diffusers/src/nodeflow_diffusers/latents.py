"""From a pipeline's latents to what its VAE takes, and to pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nodeflow import Image
from nodeflow_diffusers.folder import PipelineError


def factor(vae: Any) -> int:
    """How many pixels a position of the latent stands for, each way."""
    channels = vae.config.get("block_out_channels") or vae.config.get("encoder_block_out_channels")
    if channels is None:
        raise PipelineError(f"a {type(vae).__name__} does not say how far it shrinks pictures")
    return int(2 ** (len(channels) - 1))


def unpacked(kind: Any, latents: Tensor, size: tuple[int, int], vae: Any) -> Tensor:
    """Latents [batch, channels, height, width] of those that a pipeline has in a row; `size` is width and height.

    Raises PipelineError for what is not a batch of pictures.
    """
    if latents.ndim == 3 and hasattr(kind, "_unpack_latents"):
        latents = kind._unpack_latents(latents, size[1], size[0], factor(vae))  # noqa: SLF001  (it has no other name)
    if latents.ndim != 4:
        raise PipelineError(f"the latent of a {kind.__name__} is {list(latents.shape)}; pictures have four dimensions")
    return latents


def unscaled(latents: Tensor, vae: Any) -> Tensor:
    """Latents [batch, channels, height, width] as the VAE takes them: without the scale that the denoiser sees."""
    config = vae.config
    scale, shift = config.get("scaling_factor") or 1.0, config.get("shift_factor") or 0.0
    mean, std = config.get("latents_mean"), config.get("latents_std")
    if mean is None or std is None:
        return latents / scale + shift
    per_channel = [torch.tensor(each).to(latents).view(1, -1, 1, 1) for each in (mean, std)]
    return latents * per_channel[1] / scale + per_channel[0]


@torch.no_grad()
def decoded(latents: Tensor, vae: Any) -> Image:
    """The pictures of latents that are unpacked and still scaled."""
    samples = unscaled(latents.to(device=vae.device, dtype=vae.dtype), vae)
    pictures = vae.decode(samples, return_dict=False)[0]
    pixels = (pictures * 0.5 + 0.5).clamp(0, 1).float().cpu().movedim(1, -1)
    return Image(np.ascontiguousarray(pixels.numpy()))
