"""How far pictures follow their captions: the checker's verdicts over held-out scenes, as a table."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

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

from nodeflow_training.checker import Verdict, check
from nodeflow_training.scenes import Scene, draw, sample_scene

Encode = Callable[[list[str]], tuple[Tensor, Tensor]]
"""Captions to their contexts [B, T, D] and pooled vectors [B, V]."""


@dataclass(frozen=True)
class Sampling:
    """How the evaluated pictures are made."""

    steps: int = 20
    cfg: float = 4.0
    sampler: str = "euler"
    schedule: str = "normal"
    seed: int = 0
    batch: int = 32


def held_out_scenes(count: int, items: int, seed: int = 99) -> list[Scene]:
    """Scenes of combinations that training never saw."""
    rng = random.Random(seed + items)
    return [sample_scene(rng, items, held_out=True) for _ in range(count)]


@torch.no_grad()
def pictures(captions: list[str], encode: Encode, denoiser: Denoiser, vae: VAE, how: Sampling) -> NDArray[np.uint8]:
    """One picture [N, H, W, 3] a caption."""
    made = [
        _batch(captions[start : start + how.batch], encode, denoiser, vae, how, how.seed + start)
        for start in range(0, len(captions), how.batch)
    ]
    return np.concatenate(made)


def _batch(
    captions: list[str], encode: Encode, denoiser: Denoiser, vae: VAE, how: Sampling, seed: int
) -> NDArray[np.uint8]:
    contexts, vectors = encode(captions + [""] * len(captions))

    def guided(x: Tensor, sigma: Tensor) -> Tensor:
        positive, negative = denoiser(torch.cat([x, x]), sigma, contexts, vectors).chunk(2)
        return negative + how.cfg * (positive - negative)

    sigmas = schedule(how.schedule)(how.steps, denoiser.levels)
    shape = (len(captions), vae.config.latent_channels, 128 // vae.config.factor, 128 // vae.config.factor)
    x = initial_noise(shape, seed) * float(sigmas[0])
    latent = run(sampler(how.sampler), guided, x, sigmas, BrownianNoise(shape, seed))
    return to_pictures(vae.decode(latent))


def to_pictures(decoded: Tensor) -> NDArray[np.uint8]:
    """Decoded [N, 3, H, W] of -1..1 as pictures [N, H, W, 3] of 0..255."""
    whole = ((decoded.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return whole.permute(0, 2, 3, 1).numpy()


@torch.no_grad()
def round_trip(vae: VAE, scenes: list[Scene], seed: int = 5) -> NDArray[np.uint8]:
    """The scenes' drawings through the VAE and back: the ceiling of what a diffusion model can reach."""
    rng = random.Random(seed)
    x = torch.from_numpy(np.stack([draw(scene, rng) for scene in scenes])).permute(0, 3, 1, 2).float() / 127.5 - 1
    return np.concatenate([to_pictures(vae.decode(vae.encode(part))) for part in torch.split(x, 32)])


def table(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """The share of pictures that are right, by what was asked for, and altogether."""
    rows = list(verdicts)
    names = [*(field.name for field in fields(Verdict)), "all_right"]
    return {name: sum(bool(getattr(row, name)) for row in rows) / len(rows) for name in names}


def judge(made: NDArray[np.uint8], scenes: list[Scene]) -> dict[str, float]:
    return table(check(picture, scene) for picture, scene in zip(made, scenes, strict=True))
