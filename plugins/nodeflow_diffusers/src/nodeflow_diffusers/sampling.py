"""One run of a pipeline's loop, seen from outside: each step is progress, a picture to look at and a place to stop."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from nodeflow_diffusers import calls, parts, pictures
from nodeflow_diffusers.latents import factor, unpacked, unscaled
from nodeflow_diffusers.preview import fitted
from nodeflow_diffusers.schedulers import TABLE, SchedulerLike
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPrompt

if TYPE_CHECKING:
    from nodeflow import Context, Image
    from nodeflow_diffusers.types import DiffusersPipeline


def check_same(recipe: DiffusersPipeline, value: DiffusersPrompt | DiffusersLatent) -> None:
    """Raise ValueError for a prompt or latent of another kind of pipeline."""
    if value.class_name != recipe.class_name:
        kind = "prompt" if isinstance(value, DiffusersPrompt) else "latent"
        raise ValueError(
            f"this {kind} is of a {value.class_name}, and the pipeline is {recipe}; take both from one pipeline"
        )


@dataclass(frozen=True)
class Sampling:
    """A pipeline, how to step, the seed of its noise, drawn on the CPU for all at once, and how many pictures.

    With an `image` it begins with that one, for each of the pictures.
    """

    recipe: DiffusersPipeline
    scheduler: str
    seed: int
    batch: int = 1
    image: Image | None = None

    def run(
        self, prompt: DiffusersPrompt, arguments: Mapping[str, Any], options: Mapping[str, Any], ctx: Context
    ) -> DiffusersLatent:
        """The latent at the end. Raises ValueError for options that the pipeline has not, Cancelled after a step."""
        pipeline = self.prepared(ctx)
        size = self.size(pipeline, arguments)
        if self.image is not None:
            pipeline = pictures.of_pictures(pipeline)
            arguments = {**arguments, "image": pictures.tensor(self.image, self.batch)}
        elif "strength" in arguments:
            raise ValueError("strength says how much of a picture is made anew; link an image, or leave it open")

        def seen(pipeline: Any, index: int, _time: Any, state: dict[str, Any]) -> dict[str, Any]:
            ctx.progress(index + 1, pipeline.num_timesteps, lambda: self.preview(state["latents"], size, ctx))
            return state

        device = pipeline.vae.device
        ours = {
            # Not num_images_per_prompt, which some pipelines leave to encode_prompt.
            **{name: tensor.to(device).repeat_interleave(self.batch, 0) for name, tensor in prompt.tensors.items()},
            "generator": torch.Generator("cpu").manual_seed(self.seed),
            "output_type": "latent",
            "return_dict": False,
            "callback_on_step_end": seen,
        }
        call = calls.checked(type(pipeline), {**ours, **arguments}, options)
        steps = call.get("num_inference_steps", calls.default(type(pipeline), "num_inference_steps"))
        ctx.progress(0, steps)
        (samples,) = pipeline(**call)[:1]
        return DiffusersLatent(self.recipe.class_name, samples.float().cpu(), *size)

    def prepared(self, ctx: Context) -> Any:
        """A pipeline of our own around the shared networks, as schedulers and pipelines keep the state of their run."""
        shared = parts.denoiser(self.recipe, ctx)
        pipeline = copy.copy(shared)
        make = cast("SchedulerLike", ctx.choice(TABLE, self.scheduler))
        pipeline.scheduler = make(shared.scheduler)
        return pipeline

    def size(self, pipeline: Any, arguments: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height in pixels: those asked for, or what the pipeline takes by itself."""
        if self.image is not None:
            return pictures.size(self.image, arguments)
        network = next(getattr(pipeline, name) for name in parts.DENOISERS if getattr(pipeline, name, None) is not None)
        own = getattr(pipeline, "default_sample_size", None) or network.config.get("sample_size") or 0
        sides = (own, own) if isinstance(own, int) else (own[1], own[0])
        width, height = (
            arguments.get(name) or side * factor(pipeline.vae)
            for name, side in zip(("width", "height"), sides, strict=True)
        )
        if not (width and height):
            raise ValueError(f"{self.recipe} does not say how large its pictures are; give width and height")
        return int(width), int(height)

    def preview(self, latents: Tensor, size: tuple[int, int], ctx: Context) -> Image:
        """What is seen of latents on their way, noise and all."""
        vae = parts.vae(self.recipe, ctx)
        colours = ctx.models.get(("diffusers preview", self.recipe), lambda: fitted(vae), 1024)
        return colours(
            unscaled(unpacked(parts.pipeline_class(self.recipe.class_name), latents, size, vae).float(), vae)
        )
