"""Training of the VAE on drawn scenes: reconstruction, edges, and a small KL term (arXiv:2112.10752, sec. 3.1)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from torch import Tensor
from torch.nn import functional

from nodeflow_training.progress import Checkpoint, Log, learning_rate
from nodeflow_training.scenes import SIZE, draw, sample_scene

TINY_VAE = VAEConfig(latent_channels=16, channels=(64, 128, 128), res_blocks=1, patch=4)


@dataclass(frozen=True)
class VAERecipe:
    """What a VAE is trained with. `crop` is the side of the training crops in pixels, until the last seventh.

    `latent_noise` is the deviation of the noise that the decoder learns to overlook, in the scale of raw latents. With
    `decoder_only` the latents stay as they are, so a diffusion model that learnt them goes on working.
    """

    steps: int = 5000
    batch: int = 32
    crop: int = 64
    pictures: int = 12_000
    learning_rate: float = 1.2e-3
    kl_weight: float = 1e-4
    edge_weight: float = 0.5
    latent_noise: float = 0.05
    decoder_only: bool = False
    seed: int = 1


DECODER = VAERecipe(steps=1200, learning_rate=6e-4, decoder_only=True, latent_noise=0.15 / TINY_VAE.scaling)
"""The decoder alone, once more, on latents as a diffusion model leaves them: not quite right. They are normalised."""


def scene_pictures(count: int, seed: int) -> Tensor:
    """Trained-on scenes as uint8 [count, 3, 128, 128]."""
    rng = random.Random(seed)
    pictures = [draw(sample_scene(rng, 1 + i % 2), rng) for i in range(count)]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def crops(pictures: Tensor, batch: int, side: int, generator: torch.Generator) -> Tensor:
    """A batch of random crops, -1..1."""
    chosen = torch.randint(len(pictures), (batch,), generator=generator).tolist()
    corners = torch.randint(pictures.shape[-1] - side + 1, (batch, 2), generator=generator).tolist()
    cut = [pictures[i, :, y : y + side, x : x + side] for i, (y, x) in zip(chosen, corners, strict=True)]
    return torch.stack(cut).float() / 127.5 - 1


def loss(vae: VAE, x: Tensor, recipe: VAERecipe, generator: torch.Generator) -> Tensor:
    """L1 and squared error of pixels, L1 of their differences, and KL per latent element."""
    with torch.set_grad_enabled(not recipe.decoder_only):
        posterior = vae.posterior(x)
    z = posterior.sample(generator)
    z = z + recipe.latent_noise * torch.randn(z.shape, generator=generator)
    out = vae.decoder(vae.post_quant_conv(z))
    pixels = (out - x).abs().mean() + (out - x).square().mean()
    edges = sum(((out.diff(dim=d) - x.diff(dim=d)).abs().mean() for d in (2, 3)), torch.zeros(()))
    kl = posterior.kl().mean() / z[0].numel()
    total: Tensor = pixels + recipe.edge_weight * edges + recipe.kl_weight * kl
    return total


def train_vae(recipe: VAERecipe, vae: VAE, folder: Path, name: str = "vae") -> VAE:
    """Trains, or goes on from `folder`'s last checkpoint; leaves `<name>.pt` (resumable) and `<name>.csv` there."""
    torch.manual_seed(recipe.seed)
    vae = vae.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trained = [vae.decoder, vae.post_quant_conv] if recipe.decoder_only else [vae]
    weights = [weight.requires_grad_() for part in trained for weight in part.parameters()]
    optimizer = torch.optim.AdamW(weights, recipe.learning_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    generator = torch.Generator().manual_seed(recipe.seed)
    checkpoint = Checkpoint(folder / f"{name}.pt", {"model": vae, "optimizer": optimizer}, generator)
    pictures, log = scene_pictures(recipe.pictures, recipe.seed), Log(folder / f"{name}.csv")
    for step in range(checkpoint.load(), recipe.steps):
        whole = step > recipe.steps * 0.85
        side, batch = (SIZE, recipe.batch // 4) if whole else (recipe.crop, recipe.batch)
        x = crops(pictures, batch, side, generator).contiguous(memory_format=torch.channels_last)
        optimizer.param_groups[0]["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate)
        value = loss(vae, x, recipe, generator)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        log.add(step, value.item())
        checkpoint.save_sometimes(step + 1)
    checkpoint.save(recipe.steps)
    return vae


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures in -1..1."""
    return float(10 * torch.log10(4 / functional.mse_loss(a, b)))


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
