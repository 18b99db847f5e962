"""The figures of a model on data it has not seen: loss, reconstruction, adherence, and a grid of samples."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from nodeflow_diffusion.lib.denoiser import Denoiser
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.vae import VAE
from torch import Tensor

from nodeflow_training import loading
from nodeflow_training.chart import grid
from nodeflow_training.course import Pixels, image
from nodeflow_training.encoding import as_input
from nodeflow_training.loop import generator
from nodeflow_training.nodes.evaluation import Evaluated
from nodeflow_training.objective import Objective, alphas_cumprod, noised
from nodeflow_training.pictures import looked_at, scenes, words
from nodeflow_training.sampling import Sampling, pictures
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Drawings

if TYPE_CHECKING:
    from nodeflow import Context, JsonValue
    from nodeflow_training.nodes.evaluation import EvaluateModel

AT_ONCE = 32


def evaluated(node: EvaluateModel, ctx: Context) -> Evaluated:
    """All figures. Raises ValueError for drawn scenes without scipy."""
    place = loading.computing(ctx)
    denoiser, vae = loading.denoiser(node.model, ctx, place), loading.vae(node.vae, ctx, place)
    text = TextSide(loading.text_encoder(node.text_encoder, ctx, place))
    figures: dict[str, float] = measured(node, denoiser, vae, text, ctx)
    captions = [words(node.dataset, i % len(node.dataset)) for i in range(node.samples)]
    tiles: Pixels = np.stack([looked_at(node.dataset, 0)])
    if captions:
        how = Sampling(node.steps, node.cfg, seed=node.seed % 2**32, side=node.dataset.side)

        def told(done: int) -> None:
            ctx.progress(done, len(captions))

        tiles = pictures(captions, conditions(text), denoiser, vae, how, told)
        if isinstance(node.dataset.source, Drawings):
            figures |= adherence(tiles, node.dataset.source)
    labels = captions[: node.shown] if captions else [words(node.dataset, 0)]
    drawn = grid(list(tiles[: node.shown]), min(4, len(labels)), labels)
    return Evaluated(cast("JsonValue", figures), report(figures), image([drawn]))


def conditions(text: TextSide):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """A text encoder, as sampling takes it."""

    @torch.no_grad()
    def encode(captions: list[str]) -> tuple[Tensor, Tensor | None]:
        return text(captions)

    return encode


@torch.no_grad()
def measured(node: EvaluateModel, denoiser: Denoiser, vae: VAE, text: TextSide, ctx: Context) -> dict[str, float]:
    """The mean loss, each picture at timesteps spread over all, and the mean PSNR of its reconstruction."""
    count = min(node.count, len(node.dataset))
    abar, objective = alphas_cumprod(denoiser.levels), Objective(denoiser.prediction)
    losses, ratios = [], []
    for i in range(count):
        ctx.progress(i, count)
        x = as_input(looked_at(node.dataset, i)[None]).to(denoiser.device)
        clean = vae.encode(x)
        ratios.append(psnr(vae.decode(clean).clamp(-1, 1), x))
        t = (torch.linspace(0, 1, 9)[:-1] * len(abar) + len(abar) * (i + 0.5) / count / 8).long()
        noise = torch.randn((len(t), *clean.shape[1:]), generator=generator(node.seed, "evaluation", i))
        losses.append(_loss(denoiser, objective, clean.float().cpu(), noise, t, text([words(node.dataset, i)])))
    return {"loss": float(np.mean(losses)), "psnr": float(np.mean(ratios))}


def _loss(
    denoiser: Denoiser,
    objective: Objective,
    clean: Tensor,
    noise: Tensor,
    t: Tensor,
    conditions: tuple[Tensor, Tensor],
) -> float:
    abar = alphas_cumprod(denoiser.levels)[t]
    clean = clean.expand(noise.shape)
    unet = cast("UNet", denoiser.network)
    x = noised(clean, noise, abar).to(denoiser.device, denoiser.dtype)
    context, vector = (each.expand(len(t), *each.shape[1:]).to(x) for each in conditions)
    predicted = unet(x, t.to(denoiser.device), context, vector if unet.config.vector_dim else None)
    return float(objective.loss(predicted.float().cpu(), clean, noise, abar))


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures in -1..1."""
    return float(10 * torch.log10(4 / (a.float() - b.float()).square().mean().clamp(min=1e-10)))


def adherence(made: Pixels, drawings: Drawings) -> Mapping[str, float]:
    """Shares (0..1) of pictures that are right, by the checker. Raises ValueError without scipy."""
    if importlib.util.find_spec("scipy") is None:
        raise ValueError(
            "the checker of drawn scenes needs scipy: pip install 'nodeflow[training]', or set samples to 0"
        )
    from nodeflow_training.evaluation import judge  # imports scipy

    known = scenes(drawings)
    return judge(made, [known[i % len(known)] for i in range(len(made))])


def report(figures: Mapping[str, float]) -> str:
    """The figures as a table in Markdown."""
    rows = [f"| {name.replace('_', ' ')} | {_written(name, value)} |" for name, value in figures.items()]
    return "\n".join(["| figure | value |", "| --- | --- |", *rows])


def _written(name: str, value: float) -> str:
    return {"loss": f"{value:.4f}", "psnr": f"{value:.1f} dB"}.get(name, f"{value:.0%}")
