"""Where in a picture the words of its prompt were heard: cross-attention, recorded while it is made.

As in Tang et al. 2022 (arXiv:2210.04885): the probabilities of a word's tokens, over heads, layers and steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from nodeflow_diffusion.lib.guidance import Conditioned
from nodeflow_diffusion.lib.unet import Attention, UNet
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training import loading
from nodeflow_training.chart import grid
from nodeflow_training.course import Pixels, image
from nodeflow_training.lessons import decoded, way
from nodeflow_training.text_side import TextSide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodeflow import Context, Image
    from nodeflow_training.nodes.lessons import AttentionMaps

HOT = np.array([235, 60, 30], dtype=np.float32)


@dataclass
class Heard:
    """The sum of attention maps: [tokens, h, w] of a latent's size, for the first picture of the batch."""

    height: int
    width: int
    maps: Tensor | float = 0.0

    def add(self, module: nn.Module, given: tuple[Tensor, Tensor]) -> None:
        """Called before a cross-attention with its positions [B, N, C] and its context [B, T, D]."""
        assert isinstance(module, Attention)
        x, context = given
        q, k = module.split(module.to_q(x[:1])), module.split(module.to_k(context[:1]))
        shares = (q.float() @ k.float().transpose(2, 3) / q.shape[-1] ** 0.5).softmax(dim=-1)
        tokens = shares.mean(dim=1)[0].T
        rows = round((x.shape[1] * self.height / self.width) ** 0.5)
        maps = tokens.reshape(len(tokens), 1, rows, -1)
        self.maps = self.maps + functional.interpolate(maps, (self.height, self.width), mode="bilinear")[:, 0].cpu()


@contextmanager
def listening(unet: UNet, height: int, width: int) -> Iterator[Heard]:
    """Records every cross-attention of a network, in a block."""
    heard = Heard(height, width)
    layers = [layer for name, layer in unet.named_modules() if name.endswith("attn2")]
    handles = [layer.register_forward_pre_hook(heard.add) for layer in layers]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()


def maps(node: AttentionMaps, ctx: Context) -> Image:
    """The picture, and a map over it for each word."""
    encoder = loading.text_encoder(node.text_encoder, ctx, loading.computing(ctx))
    words = [word.strip() for word in node.words.split(",") if word.strip()] or re.findall(r"\w+", node.prompt)
    ids = encoder.vocabulary.ids
    places = [(word, token_places(ids(node.prompt), ids(word), word)) for word in words]
    with torch.no_grad():
        states, pooled = TextSide(encoder)([node.prompt, ""])
    positive, negative = (Conditioned(states[i : i + 1], pooled[i : i + 1]) for i in range(2))
    run = way(node, [positive], [negative], ctx)
    x = run.x
    with listening(cast("UNet", run.denoiser.network), *x.shape[-2:]) as heard:
        for step in run.steps():
            ctx.progress(step.index + 1, len(run.sigmas) - 1)
            x = step.x
    picture = decoded(loading.vae(node.vae, ctx), x[:1])
    assert isinstance(heard.maps, Tensor)
    tiles = [over(picture, heard.maps[where].sum(dim=0)) for _, where in places]
    return image([grid([picture, *tiles], min(8, len(tiles) + 1), ["the picture", *words])])


def token_places(prompt: Sequence[int], word: Sequence[int], text: str) -> list[int]:
    """Where a word's tokens are in a prompt's, the start counted. Raises ValueError if they are not there."""
    size = len(word)
    starts = [i for i in range(len(prompt) - size + 1) if size and list(prompt[i : i + size]) == list(word)]
    if not starts:
        raise ValueError(f"no word {text!r} in the prompt; take words as they stand there")
    return [1 + start + i for start in starts for i in range(size)]


def over(picture: Pixels, where: Tensor) -> Pixels:
    """A picture in gray with a map [h, w] over it, from its lowest value to its highest."""
    large = functional.interpolate(where[None, None], picture.shape[:2], mode="bicubic")[0, 0].clamp(min=0)
    share = ((large - large.min()) / (large.max() - large.min()).clamp(min=1e-9)).numpy()[..., None]
    gray = picture.mean(axis=2, keepdims=True).astype(np.float32) * 0.6 + 80
    mixed: Pixels = ((1 - 0.85 * share) * gray + 0.85 * share * HOT).clip(0, 255).astype(np.uint8)
    return mixed
