"""Batches of an encoded dataset: latents of one bucket, with their captions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nodeflow_training.pictures import words
from nodeflow_training.types import EncodedDataset


@dataclass(frozen=True, eq=False)
class Batch:
    """Latents [B, C, h, w] float32, captions, and the rows [B] of their contexts; a dropped caption is empty."""

    latents: Tensor
    captions: Sequence[str]
    rows: Tensor


@dataclass(frozen=True, eq=False)
class Batches:
    """Draws batches at random: a bucket as often as it has latents."""

    data: EncodedDataset

    def draw(self, size: int, drop: float, rng: random.Random) -> Batch:
        """A batch; of each caption there is none with the chance `drop` (Ho & Salimans 2022, arXiv:2207.12598)."""
        weights = [len(bucket.rows) for bucket in self.data.buckets]
        (bucket,) = rng.choices(self.data.buckets, weights)
        picked = [rng.randrange(len(bucket.rows)) for _ in range(size)]
        rows = [-1 if rng.random() < drop else int(bucket.rows[i]) for i in picked]
        captions = ["" if row < 0 else self.caption(row, rng) for row in rows]
        return Batch(bucket.latents[picked].float(), captions, torch.tensor(rows))

    def caption(self, row: int, rng: random.Random | None) -> str:
        return self.data.captions[row] if self.data.captions is not None else words(self.data.dataset, row, rng)
