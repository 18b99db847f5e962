"""Latents as a diffusion model learns them best: of mean 0 and deviation 1; and their map to pictures for previews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from nodeflow_diffusion.lib.preview import LatentRGB
from nodeflow_diffusion.lib.vae import VAE
from nodeflow_diffusion.lib.writer import save_checkpoint
from torch import Tensor
from torch.nn import functional

from nodeflow_training.vae_learner import Looks

MEASURED = 512
"""Pictures that latents are normalised by, and the map for previews is fitted to."""


@torch.no_grad()
def save_vae(path: Path, vae: VAE, looks: Looks, *, normalised: bool) -> None:
    """Writes a trained VAE with its map for previews; its latents are normalised before, if they are to be."""
    pictures = measured(looks, MEASURED, vae)
    if normalised:
        normalise(vae, pictures)
    x = pictures[:256].float() / 127.5 - 1
    latents = torch.cat([vae.encode(part) for part in torch.split(x, 32)])
    rgb = LatentRGB.fit(latents.cpu(), functional.avg_pool2d(x, vae.config.factor).cpu())
    save_checkpoint(path, vae=vae, metadata={"nodeflow.latent_rgb": rgb.dump()})


def measured(looks: Looks, count: int, vae: VAE) -> Tensor:
    """Pictures of the commonest size as uint8 [N, 3, H, W], spread over the dataset."""
    step = max(1, len(looks.dataset) // count)
    pixels = [looks.look(i, 0) for i in range(0, len(looks.dataset), step)][:count]
    shape = max({p.shape for p in pixels}, key=lambda shape: sum(p.shape == shape for p in pixels))
    found = np.stack([p for p in pixels if p.shape == shape])
    return torch.from_numpy(found).movedim(-1, 1).to(next(vae.parameters()).device)


@torch.no_grad()
def normalise(vae: VAE, pictures: Tensor) -> None:
    """Makes scaled latents have mean 0 and deviation 1 per channel, by folding both into the quant convolutions."""
    x = pictures.float() / 127.5 - 1
    z = torch.cat([vae.posterior(part).mean for part in torch.split(x, 32)])
    mean, deviation = z.mean(dim=(0, 2, 3)), z.std(dim=(0, 2, 3))
    scale = vae.config.scaling * deviation
    post, quant, n = vae.post_quant_conv, vae.quant_conv, len(mean)
    assert isinstance(post, torch.nn.Conv2d)
    assert isinstance(quant, torch.nn.Conv2d)
    assert post.bias is not None
    assert quant.bias is not None
    post.bias += (post.weight[:, :, 0, 0] * mean).sum(dim=1)
    post.weight *= scale[None, :, None, None]
    quant.weight[:n] /= scale[:, None, None, None]
    quant.bias[:n] = (quant.bias[:n] - mean) / scale
    quant.bias[n:] -= 2 * scale.log()
