"""The table of a shipped checkpoint: how far its pictures follow held-out captions, by the checker."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.text import TextEncoder
from torch import Tensor

from nodeflow_training.captions import caption
from nodeflow_training.evaluation import held_out_scenes, judge, round_trip
from nodeflow_training.sampling import Encode, Sampling, pictures


def adherence(path: Path, count: int, how: Sampling) -> dict[str, object]:
    """Shares of right pictures, `count` of one item and `count` of two, and the same after the VAE alone."""
    checkpoint = open_checkpoint(path)
    encode, denoiser, vae = encoding(checkpoint.text_encoder()), checkpoint.denoiser(), checkpoint.vae()
    rows: dict[str, object] = {"sampling": asdict(how), "pictures": count}
    for items, name in ((1, "one item"), (2, "two items")):
        scenes = held_out_scenes(count, items)
        made = pictures([caption(scene) for scene in scenes], encode, denoiser, vae, how)
        rows[name] = judge(made, scenes)
        rows[f"{name}, VAE alone"] = judge(round_trip(vae, scenes), scenes)
    return rows


def encoding(text: TextEncoder) -> Encode:
    """A loaded text encoder, as evaluation takes it."""

    def encode(captions: list[str]) -> tuple[Tensor, Tensor]:
        embeddings = [text.encode(words) for words in captions]
        return torch.cat([e.context for e in embeddings]), torch.cat([e.pooled for e in embeddings])

    return encode
