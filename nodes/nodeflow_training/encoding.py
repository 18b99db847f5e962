"""A dataset encoded once: latents of every view by a VAE, captions by a text encoder that stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from nodeflow_training import loading
from nodeflow_training.course import digest
from nodeflow_training.pictures import BadPictureError, Pixels, bucket_of, bucket_sizes, looked_at, original_size, words
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Bucket, Dataset, Drawings, EncodedDataset

if TYPE_CHECKING:
    from nodeflow_diffusion import types
    from nodeflow_diffusion.lib.vae import VAE

    from nodeflow import Context

MOST_BYTES = 4 << 30
BATCH_PIXELS = 1 << 20
"""Pixels that are encoded at once, which bounds memory."""


def encoded(
    dataset: Dataset,
    vae: types.VAE,
    text: types.TextEncoder | None,
    views: int,
    on_bad: Literal["fail", "skip"],
    ctx: Context,
) -> EncodedDataset:
    """Every view of every picture as a latent. Raises ValueError for a bad picture, unless they are skipped."""
    network = loading.vae(vae, ctx)
    _check(dataset, network, views)
    buckets = latent_buckets(dataset, network, views, on_bad, ctx)
    captions = None if isinstance(dataset.source, Drawings) else tuple(words(dataset, i) for i in range(len(dataset)))
    recipe = digest(dataset, vae, text, views, on_bad)
    if text is None:
        return EncodedDataset(dataset, buckets, captions, vae, recipe)
    captions = captions or tuple(words(dataset, i) for i in range(len(dataset)))
    contexts, pooled = _contexts((*captions, ""), text, ctx)
    return EncodedDataset(dataset, buckets, captions, vae, recipe, text, contexts, pooled)


def _check(dataset: Dataset, vae: VAE, views: int) -> None:
    factor = vae.config.factor
    for width, height in bucket_sizes(dataset.side, dataset.widest, dataset.multiple):
        if width % factor or height % factor:
            raise ValueError(f"pictures of {width} x {height}: sides must be multiples of {factor} pixels for this VAE")
    nbytes = len(dataset) * views * (dataset.side // factor) ** 2 * vae.config.latent_channels * 2
    if nbytes > MOST_BYTES:
        raise ValueError(
            f"{len(dataset)} pictures in {views} views are {nbytes / 2**30:.1f} GiB of latents; "
            f"{MOST_BYTES >> 30} GiB at most are kept in memory: take fewer pictures or views, or smaller ones"
        )


def latent_buckets(
    dataset: Dataset, vae: VAE, views: int, on_bad: Literal["fail", "skip"], ctx: Context
) -> tuple[Bucket, ...]:
    """The latents of every view, by the sizes of pictures. Raises ValueError as `encoded` does."""
    sizes = bucket_sizes(dataset.side, dataset.widest, dataset.multiple)
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i in range(len(dataset)):
        members[bucket_of(original_size(dataset, i), sizes)].append(i)
    total, done, buckets, bad = len(dataset) * views, 0, [], set[int]()
    for (width, height), indices in sorted(members.items()):
        at_once = max(1, BATCH_PIXELS // (width * height))
        latents: list[Tensor] = []
        rows: list[int] = []
        for part in _parts([(i, number) for i in indices for number in range(views)], at_once):
            ctx.progress(done, total)
            seen = _views(dataset, part, bad, on_bad, ctx)
            done += len(part)
            if seen:
                latents.append(_latents(vae, [pixels for _, pixels in seen]))
                rows += [i for i, _ in seen]
        if rows:
            buckets.append(Bucket(torch.cat(latents), torch.tensor(rows)))
    if not buckets:
        raise ValueError(f"none of {len(dataset)} pictures could be read")
    if bad:
        ctx.log.warning("%d of %d pictures were left out", len(bad), len(dataset))
    return tuple(buckets)


def _parts(items: Sequence[tuple[int, int]], size: int) -> Iterator[Sequence[tuple[int, int]]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _views(
    dataset: Dataset, part: Sequence[tuple[int, int]], bad: set[int], on_bad: str, ctx: Context
) -> list[tuple[int, Pixels]]:
    """Views, each with the number of its picture; pictures that cannot be read go to `bad`, and are told of once."""
    seen: list[tuple[int, Pixels]] = []
    for i, number in part:
        if i in bad:
            continue
        try:
            seen.append((i, looked_at(dataset, i, number)))
        except BadPictureError as error:
            if on_bad == "fail":
                raise ValueError(f"{error}; mend it, or set on_bad to 'skip' here, too") from error
            ctx.log.warning("left out: %s", error)
            bad.add(i)
    return seen


@torch.no_grad()
def _latents(vae: VAE, pictures: Sequence[Pixels]) -> Tensor:
    x = as_input(np.stack(pictures)).to(next(vae.parameters()).device)
    return vae.encode(x).half().cpu()


def as_input(pictures: Pixels) -> Tensor:
    """Pictures [N, H, W, 3] of 0..255 as a VAE takes them: [N, 3, H, W] in -1..1."""
    return torch.from_numpy(pictures.copy()).movedim(-1, 1).float() / 127.5 - 1


@torch.no_grad()
def _contexts(captions: Sequence[str], text: types.TextEncoder, ctx: Context) -> tuple[Tensor, Tensor]:
    """Contexts and vectors of captions, each different one encoded once."""
    side = TextSide(loading.text_encoder(text, ctx, loading.computing(ctx)))
    unique = list(dict.fromkeys(captions))
    contexts, vectors = [], []
    for start in range(0, len(unique), 64):
        ctx.progress(start, len(unique))
        states, pooled = side(unique[start : start + 64])
        contexts.append(states.half().cpu())
        vectors.append(pooled.half().cpu())
    place = {caption: i for i, caption in enumerate(unique)}
    rows = torch.tensor([place[caption] for caption in captions])
    return torch.cat(contexts)[rows], torch.cat(vectors)[rows]
