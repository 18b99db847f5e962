"""Pictures of a model that is being trained or judged: a fixed seed, few steps, a batch of captions at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from nodeflow_diffusion.lib.denoiser import Denoiser
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise
from nodeflow_diffusion.lib.samplers import sampler
from nodeflow_diffusion.lib.sampling import run
from nodeflow_diffusion.lib.schedules import schedule
from nodeflow_diffusion.lib.vae import VAE
from numpy.typing import NDArray
from torch import Tensor

MOST_PIXELS = 1 << 19
Pixels = NDArray[np.uint8]
Encode = Callable[[list[str]], tuple[Tensor, Tensor | None]]
"""Captions to their contexts [B, T, D] and pooled vectors [B, P]."""


@dataclass(frozen=True)
class Sampling:
    """How the pictures are made."""

    steps: int = 20
    cfg: float = 4.0
    sampler: str = "euler"
    schedule: str = "normal"
    seed: int = 0
    batch: int = 32
    side: int = 128

    @property
    def at_once(self) -> int:
        """Pictures of a batch; fewer than `batch` where they are large, which bounds memory."""
        return max(1, min(self.batch, MOST_PIXELS // self.side**2))


@torch.no_grad()
def pictures(
    captions: Sequence[str],
    encode: Encode,
    denoiser: Denoiser,
    vae: VAE,
    how: Sampling,
    between: Callable[[int], None] = lambda _: None,
) -> Pixels:
    """One picture [N, H, W, 3] a caption; `between` is told how many are made, before each step. It may raise."""
    made = []
    for start in range(0, len(captions), how.at_once):
        part, now = list(captions[start : start + how.at_once]), replace(how, seed=how.seed + start)
        made.append(_batch(part, encode, denoiser, vae, now, functools.partial(between, start)))
    return np.concatenate(made)


def _batch(
    captions: list[str], encode: Encode, denoiser: Denoiser, vae: VAE, how: Sampling, before: Callable[[], None]
) -> Pixels:
    contexts, vectors = encode(captions + [""] * len(captions))

    def guided(x: Tensor, sigma: Tensor) -> Tensor:
        before()
        positive, negative = denoiser(torch.cat([x, x]), sigma, contexts, vectors).chunk(2)
        return negative + how.cfg * (positive - negative)

    sigmas = schedule(how.schedule)(how.steps, denoiser.levels)
    side = how.side // vae.config.factor
    shape = (len(captions), vae.config.latent_channels, side, side)
    x = initial_noise(shape, how.seed).to(denoiser.device) * float(sigmas[0])
    noise = BrownianNoise(shape, how.seed, denoiser.device)
    return to_pictures(vae.decode(run(sampler(how.sampler), guided, x, sigmas, noise)))


def to_pictures(decoded: Tensor) -> Pixels:
    """Decoded [N, 3, H, W] of -1..1 as pictures [N, H, W, 3] of 0..255."""
    whole = ((decoded.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return whole.permute(0, 2, 3, 1).cpu().numpy()
