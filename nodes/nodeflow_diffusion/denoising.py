"""The sampling loop, written once: noise, guidance and mask around a sampler, with progress and previews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from nodeflow import Image
from nodeflow_diffusion.grid import area_positions
from nodeflow_diffusion.lib.guidance import Conditioned, Guided
from nodeflow_diffusion.lib.inpaint import Inpaint
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise
from nodeflow_diffusion.lib.samplers import DISCARDS_PENULTIMATE
from nodeflow_diffusion.lib.schedules.partial import without_penultimate

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_diffusion.lib.sampling import Denoise, Sampler, Step
    from nodeflow_diffusion.lib.schedules import Schedule
    from nodeflow_diffusion.types import Conditioning, Entry, Latent
    from nodeflow_diffusion.weights import Model


@dataclass(frozen=True, kw_only=True, eq=False)
class Guidance:
    """What a picture is to show, and what it is not to, and how much more the one than the other."""

    positive: Conditioning
    negative: Conditioning
    cfg: float

    def around(self, model: Model, latent: Latent) -> Guided:
        """The guided denoiser for latents of that kind and size. Raises ValueError if a text does not fit the model."""
        positive, negative = (
            [conditioned(entry, model, latent) for entry in side.entries] for side in (self.positive, self.negative)
        )
        return Guided(model.denoiser, positive, negative, self.cfg)


@dataclass(frozen=True, kw_only=True, eq=False)
class Denoising:
    """A latent's way through `sigmas`, [n + 1] descending, by a sampler.

    Noise is drawn for the whole batch at once from `seed`: what the latent starts with, unless `add_noise` is off and
    it is taken as noisy already, and what the sampler adds. Outside of the noise mask a latent that gets noise ends as
    it began (as noisy as sigmas[-1], if that is not 0); one that gets none stays as it is.
    """

    sampler: Sampler
    sigmas: Tensor
    guidance: Guidance
    seed: int
    add_noise: bool = True

    def run(self, model: Model, latent: Latent, ctx: Context) -> Latent:
        """The latent at the level sigmas[-1], in x = x0 + sigma * noise; the same latent if there is no step to take.

        Raises ValueError if the latent or a text does not fit the model, and Cancelled between steps.
        """
        check_channels(latent, model)
        guided = self.guidance.around(model, latent)
        if len(self.sigmas) < 2:
            return latent
        original = latent.samples.to(model.denoiser.device)
        noise = initial_noise(original.shape, self.seed).to(original) if self.add_noise else torch.zeros_like(original)
        denoise: Denoise = guided
        inpaint = None
        if latent.noise_mask is not None:
            denoise = inpaint = Inpaint(guided, original, noise, latent.noise_mask)
        x = original + noise * self.sigmas[0]
        for step in self.steps(denoise, x, model, ctx):
            x = step.x
        if inpaint is not None:
            x = inpaint.restore(x, self.sigmas[-1])
        return replace(latent, samples=x.cpu())

    def steps(self, denoise: Denoise, x: Tensor, model: Model, ctx: Context) -> Iterator[Step]:
        """The sampler's steps, each told as progress, with what is seen so far as a preview."""
        total = len(self.sigmas) - 1
        ctx.progress(0, total)
        path = BrownianNoise(x.shape, self.seed, x.device, x.dtype)
        for step in self.sampler(denoise, x, self.sigmas, path):
            ctx.progress(step.index + 1, total, lambda step=step: preview(model, step.denoised))  # type: ignore[misc]
            yield step


def chosen_sampler(ctx: Context, name: str) -> Sampler:
    """The sampler of that name."""
    return cast("Sampler", ctx.choice("samplers", name))


def chosen_schedule(ctx: Context, name: str, sampler: str) -> Schedule:
    """The schedule of that name, as a sampler is customarily given it."""
    schedule = cast("Schedule", ctx.choice("schedules", name))
    return without_penultimate(schedule) if sampler in DISCARDS_PENULTIMATE else schedule


def check_channels(latent: Latent, model: Model) -> None:
    """Raise ValueError unless the U-Net takes latents of as many channels."""
    channels = model.config.in_channels
    if latent.channels != channels:
        raise ValueError(
            f"the model takes latents of {channels} channels, and this is a {latent}; "
            "link the checkpoint's vae to EmptyLatent or VAEEncode to get one that fits"
        )


def conditioned(entry: Entry, model: Model, latent: Latent) -> Conditioned:
    """An entry as the library takes it. Raises ValueError if its widths are not the model's."""
    config, pooled = model.config, entry.pooled
    check_width("text", entry.context.shape[2], config.context_dim)
    if config.vector_dim is None:
        pooled = None
    elif pooled is not None:
        check_width("pooled text", pooled.shape[1], config.vector_dim)
    return Conditioned(
        context=entry.context,
        pooled=pooled,
        area=None if entry.area is None else area_positions(entry.area, latent.factor),
        mask=entry.mask,
        strength=entry.strength,
        start=entry.start,
        end=entry.end,
    )


def check_width(name: str, found: int, expected: int) -> None:
    """Raise ValueError unless both are equal."""
    if found != expected:
        raise ValueError(
            f"the {name} of this conditioning is {found} wide, and the model takes {expected}; "
            "encode the prompt with the text encoder of the same checkpoint"
        )


def preview(model: Model, latent: Tensor) -> Image:
    """A small picture of a latent: by the model's map of channels to colours, else the first channel in gray."""
    if model.latent_rgb is not None:
        return Image(model.latent_rgb(latent).numpy().astype(np.float32) / np.float32(255))
    gray = latent[:, :1].float().cpu()
    low, high = gray.amin(dim=(2, 3), keepdim=True), gray.amax(dim=(2, 3), keepdim=True)
    scaled = (gray - low) / (high - low).clamp(min=1e-6)
    return Image(np.ascontiguousarray(scaled.movedim(1, -1).expand(-1, -1, -1, 3).numpy()))


def part(sigmas: Tensor, start: int, end: int, *, leftover: bool) -> Tensor:
    """The levels of the steps from `start` until before `end`; the last one is 0 unless noise may be left over.

    Steps that the schedule has not are not taken; none at all is a part without steps.
    """
    levels = sigmas[start : end + 1].clone()
    if len(levels) and not leftover:
        levels[-1] = 0
    return levels
