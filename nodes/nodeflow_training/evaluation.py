"""How far pictures follow their captions: the checker's verdicts over held-out scenes, as a table."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import fields

import numpy as np
import torch
from nodeflow_diffusion.lib.vae import VAE
from numpy.typing import NDArray

from nodeflow_training.checker import Verdict, check
from nodeflow_training.sampling import to_pictures
from nodeflow_training.scenes import Scene, draw, sample_scene


def held_out_scenes(count: int, items: int, seed: int = 99) -> list[Scene]:
    """Scenes of combinations that training never saw."""
    rng = random.Random(seed + items)
    return [sample_scene(rng, items, held_out=True) for _ in range(count)]


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
