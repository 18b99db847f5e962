"""The forward and the reverse process as pictures, and one setting of sampling against another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from nodeflow_diffusion.lib.guidance import Conditioned, Guided
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.samplers import DISCARDS_PENULTIMATE
from nodeflow_diffusion.lib.schedules.partial import without_penultimate
from torch import Tensor

from nodeflow import Image
from nodeflow_training import loading
from nodeflow_training.chart import Line, chart, grid
from nodeflow_training.course import Pixels, image
from nodeflow_training.objective import noised
from nodeflow_training.sampling import to_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nodeflow_diffusion import types
    from nodeflow_diffusion.lib.denoiser import Denoiser
    from nodeflow_diffusion.lib.sampling import Sampler, Step
    from nodeflow_diffusion.lib.schedules import Schedule
    from nodeflow_diffusion.lib.vae import VAE

    from nodeflow import Context
    from nodeflow_training.nodes.lessons import AttentionMaps, CompareSampling, ReverseProcess


def forward_process(
    picture: Image, levels: NoiseLevels, columns: int, seed: int, ctx: Context
) -> tuple[Image, Image, float]:
    """The first picture at growing noise, by the closed form above and step by step below; a chart; the difference."""
    x0 = torch.tensor(picture.pixels[:1, :, :, :3]).movedim(-1, 1).double() * 2 - 1
    abar = 1 / (1 + levels.sigmas.double() ** 2)
    wanted = torch.linspace(0, len(abar) - 1, columns).round().long().tolist()
    rows, difference = walked(x0, abar, wanted, seed, ctx)
    labels = [f"t = {t}, abar = {float(abar[t]):.4f}" for t in wanted]
    tiles = [pixels for row in rows for pixels in row]
    drawn = grid(tiles, columns, [*labels, *("step by step" for _ in wanted)])
    t = np.linspace(0, len(abar) - 1, 200).round().astype(int).tolist()
    lines = [
        Line([(i, float(abar[i].sqrt())) for i in t], "sqrt(abar): the picture"),
        Line([(i, float((1 - abar[i]).sqrt())) for i in t], "sqrt(1 - abar): the noise"),
    ]
    return image([drawn]), image([chart(lines, "what x_t is made of, over the timesteps")]), difference


def walked(
    x0: Tensor, abar: Tensor, wanted: list[int], seed: int, ctx: Context
) -> tuple[tuple[list[Pixels], list[Pixels]], float]:
    """x_t at the wanted timesteps in both ways, and their largest difference. `x0` is [1, 3, H, W], float64."""
    random_numbers = torch.Generator().manual_seed(seed % 2**64)
    x, weighted, previous = x0, torch.zeros_like(x0), torch.ones((), dtype=abar.dtype)
    closed, stepped, difference = [], [], 0.0
    for t in range(wanted[-1] + 1):
        ctx.progress(t, wanted[-1] + 1)
        alpha, e = abar[t] / previous, torch.randn(x0.shape, generator=random_numbers, dtype=x0.dtype)
        x = alpha.sqrt() * x + (1 - alpha).sqrt() * e
        # Each step's noise on its own, as it stands in the sum: divided by what the later steps leave of it.
        weighted = weighted + ((1 - alpha) / abar[t]).sqrt() * e
        previous = abar[t]
        if t in wanted:
            eps = weighted * (abar[t] / (1 - abar[t])).sqrt()
            once = noised(x0, eps, abar[t][None])
            difference = max(difference, float((once - x).abs().max()))
            closed.append(to_pictures(once)[0])
            stepped.append(to_pictures(x)[0])
    return (closed, stepped), difference


@dataclass(frozen=True, eq=False)
class Way:
    """A sampling run: its network, its guidance, its levels and its noise."""

    denoiser: Denoiser
    guided: Guided
    sampler: Sampler
    sigmas: Tensor
    x: Tensor
    seed: int

    @torch.no_grad()
    def steps(self) -> Iterator[Step]:
        noise = BrownianNoise(self.x.shape, self.seed, self.x.device)
        yield from self.sampler(self.guided, self.x, self.sigmas, noise)


def way(
    node: ReverseProcess | CompareSampling | AttentionMaps,
    positive: list[Conditioned],
    negative: list[Conditioned],
    ctx: Context,
    denoiser: Denoiser | None = None,
    **changed: object,
) -> Way:
    """The way that a node's settings describe, with some of them changed."""
    settings = {name: getattr(node, name) for name in ("steps", "cfg", "sampler", "schedule")} | changed
    denoiser = denoiser or loading.denoiser(node.model, ctx, loading.computing(ctx))
    sampler, name = cast("Sampler", ctx.choice("samplers", settings["sampler"])), settings["sampler"]
    schedule = cast("Schedule", ctx.choice("schedules", settings["schedule"]))
    schedule = without_penultimate(schedule) if name in DISCARDS_PENULTIMATE else schedule
    sigmas = schedule(settings["steps"], denoiser.levels)
    x = initial_noise(node.latent.samples.shape, node.seed).to(denoiser.device) * float(sigmas[0])
    return Way(denoiser, Guided(denoiser, positive, negative, settings["cfg"]), sampler, sigmas, x, node.seed)


def texts(conditioning: types.Conditioning) -> list[Conditioned]:
    """The texts of a conditioning alone."""
    return [Conditioned(entry.context, entry.pooled, strength=entry.strength) for entry in conditioning.entries]


def reverse_process(node: ReverseProcess, ctx: Context) -> Image:
    """The latent of the first picture and what the model sees in it, at some of the steps."""
    run = way(node, texts(node.positive), texts(node.negative), ctx)
    vae = loading.vae(node.vae, ctx)
    columns = min(node.columns, len(run.sigmas) - 1)
    wanted = set(np.linspace(0, len(run.sigmas) - 2, columns).round().astype(int).tolist())
    noisy, seen, labels = [], [], []
    for step in run.steps():
        ctx.progress(step.index + 1, len(run.sigmas) - 1)
        if step.index in wanted:
            sigma = float(step.sigma)
            noisy.append(decoded(vae, step.x[:1] / (1 + sigma**2) ** 0.5))
            seen.append(decoded(vae, step.denoised[:1]))
            labels.append(f"step {step.index + 1}, sigma {sigma:.2f}")
    return image([grid([*noisy, *seen], len(noisy), [*labels, *("what it sees" for _ in seen)])])


@torch.no_grad()
def decoded(vae: VAE, latent: Tensor) -> Pixels:
    picture: Pixels = to_pictures(vae.decode(latent))[0]
    return picture


def comparison(node: CompareSampling, ctx: Context) -> Image:
    """A row of pictures for each value of the setting that varies."""
    values = [varied(node.vary, value.strip()) for value in node.values.split(",") if value.strip()]
    if not values:
        raise ValueError(f"values {node.values!r}: give at least one")
    denoiser, vae = loading.denoiser(node.model, ctx, loading.computing(ctx)), loading.vae(node.vae, ctx)
    tiles, labels = [], []
    for i, value in enumerate(values):
        run = way(node, texts(node.positive), texts(node.negative), ctx, denoiser, **{node.vary: value})
        x = run.x
        for step in run.steps():
            ctx.progress(i + (step.index + 1) / (len(run.sigmas) - 1), len(values))
            x = step.x
        tiles += [decoded(vae, each[None]) for each in x]
        label = value if isinstance(value, str) else f"{node.vary} {value:g}"
        labels += [label] + [""] * (len(x) - 1)
    return image([grid(tiles, len(node.latent.samples), labels)])


def varied(name: str, text: str) -> int | float | str:
    """A value of a setting, as it is written. Raises ValueError for what is no such value."""
    if name in ("sampler", "schedule"):
        return text
    try:
        value = int(text) if name == "steps" else float(text)
    except ValueError:
        value = -1
    if not (1 <= value <= 1000 if name == "steps" else 0 <= value <= 100):
        raise ValueError(f"{name} {text!r}: must be {'1 to 1000' if name == 'steps' else 'a number of 0 to 100'}")
    return value
