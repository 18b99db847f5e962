"""The nodes: a pipeline in four steps. Declaring them imports no torch."""

from typing import Annotated

from nodeflow import Choices, Context, Field, FileChoice, Image, JsonValue, Multiline, Node, Seed
from nodeflow_diffusers.schedulers import TABLE
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPipeline, DiffusersPrompt

CATEGORY = "diffusers"
Side = Annotated[int | None, Field(ge=8, le=16384, description="pixels; open is the pipeline's own size")]


class LoadPipeline(Node):
    """Choose a pipeline folder of diffusers: Stable Diffusion, XL, 3, Flux, and what else goes from text to pictures.

    Nothing is loaded yet; the folder is read, and refused if it is none.
    """

    category = CATEGORY

    pipeline: Annotated[str, FileChoice("diffusers")]

    def run(self, ctx: Context) -> DiffusersPipeline:
        from nodeflow_diffusers import calls, folder, parts

        found = folder.read(ctx.path("diffusers", self.pipeline))
        calls.check(parts.pipeline_class(found.class_name), found.components)
        return DiffusersPipeline(self.pipeline, ctx.digest("diffusers", self.pipeline), found.class_name)


class EncodePrompt(Node):
    """Encode a prompt with all text encoders of a pipeline."""

    category = CATEGORY
    resources = {"device": 1}

    pipeline: DiffusersPipeline
    prompt: Annotated[str, Field(description="what the picture is to show"), Multiline()] = ""
    negative: Annotated[
        str, Field(description="what it is not to show; empty is the pipeline's own way"), Multiline()
    ] = ""

    def run(self, ctx: Context) -> DiffusersPrompt:
        import torch

        from nodeflow_diffusers import calls, parts, placement

        pipeline = parts.text(self.pipeline, ctx)
        with torch.no_grad():
            found = calls.encoded(pipeline, self.prompt, self.negative, placement.choose(ctx.settings).device)
        return DiffusersPrompt(self.pipeline.class_name, {name: tensor.cpu() for name, tensor in found.items()})


class SampleLatent(Node):
    """Denoise from noise, or from a picture, to a latent, with the loop of the pipeline itself.

    From a picture, the pipeline of diffusers that makes pictures of pictures takes over. What is left open is what the
    pipeline takes by itself. Noise is drawn for the whole batch at once.
    """

    category = CATEGORY
    resources = {"device": 1}

    pipeline: DiffusersPipeline
    prompt: DiffusersPrompt
    seed: Annotated[int, Field(ge=0, lt=2**63, description="the same seed makes the same picture"), Seed()] = 0
    steps: Annotated[int | None, Field(ge=1, le=1000, description="open is the pipeline's own number")] = None
    cfg: Annotated[float | None, Field(ge=0, le=100, description="guidance; open is the pipeline's own")] = None
    width: Side = None
    height: Side = None
    batch: Annotated[int, Field(ge=1, le=64, description="how many pictures")] = 1
    scheduler: Annotated[str, Choices(TABLE), Field(description="own is the pipeline's own")] = "own"
    image: Annotated[Image | None, Field(description="a picture to begin with, whose size the pictures then have")] = (
        None
    )
    strength: Annotated[
        float | None, Field(gt=0, le=1, description="how much of the picture is made anew; open is the pipeline's own")
    ] = None
    options: Annotated[
        dict[str, JsonValue] | None, Field(description="more arguments of the pipeline's call, by name")
    ] = None

    def run(self, ctx: Context) -> DiffusersLatent:
        from nodeflow_diffusers.sampling import Sampling, check_same

        check_same(self.pipeline, self.prompt)
        named = {
            "num_inference_steps": self.steps,
            "guidance_scale": self.cfg,
            "width": self.width,
            "height": self.height,
        }
        arguments = {name: value for name, value in named.items() if value is not None}
        sampling = Sampling(self.pipeline, self.scheduler, self.seed, self.batch, self.image)
        if self.strength is not None:
            arguments["strength"] = self.strength
        return sampling.run(self.prompt, arguments, self.options or {}, ctx)


class DecodeLatent(Node):
    """Turn a latent into pictures with the pipeline's VAE."""

    category = CATEGORY
    resources = {"device": 1}

    pipeline: DiffusersPipeline
    latent: DiffusersLatent

    def run(self, ctx: Context) -> Image:
        from nodeflow_diffusers import parts
        from nodeflow_diffusers.latents import decoded, unpacked
        from nodeflow_diffusers.sampling import check_same

        check_same(self.pipeline, self.latent)
        vae = parts.vae(self.pipeline, ctx)
        kind, size = parts.pipeline_class(self.pipeline.class_name), (self.latent.width, self.latent.height)
        return decoded(unpacked(kind, self.latent.samples, size, vae), vae)
