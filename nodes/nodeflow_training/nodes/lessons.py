"""Nodes that show how diffusion works: noise, denoising, latents, attention, guidance."""

from typing import Annotated, Literal, NamedTuple

from nodeflow_diffusion.types import VAE, Conditioning, Denoiser, Latent, TextEncoder

from nodeflow import Choices, Context, Field, Image, Multiline, Node, node
from nodeflow_training.nodes.diffusion import SeedValue

CATEGORY = "learn"

Columns = Annotated[int, Field(ge=2, le=16, description="pictures in a row")]
SampleSteps = Annotated[int, Field(ge=1, le=1000)]
Cfg = Annotated[float, Field(ge=0, le=100)]
SamplerName = Annotated[str, Choices("samplers")]
ScheduleName = Annotated[str, Choices("schedules")]


class Noised(NamedTuple):
    """A picture at growing noise, and how well both ways agree."""

    image: Annotated[Image, Field(description="above by the closed form, below step by step")]
    chart: Annotated[Image, Field(description="what is left of the picture and what is noise, over the timesteps")]
    difference: Annotated[float, Field(description="the largest difference of both ways, in units of the picture")]


class ForwardProcess(Node):
    """Show the forward process: one picture at growing noise, by the closed form and step by step.

    Step by step: x_t = sqrt(1 - beta_t) x_(t-1) + sqrt(beta_t) e_t. At once: x_t = sqrt(abar_t) x_0 +
    sqrt(1 - abar_t) eps, where eps is the sum of the same e_1 .. e_t, each with its weight. Noise levels are those of
    the model.
    """

    category = CATEGORY

    image: Image
    model: Denoiser
    columns: Columns = 7
    seed: SeedValue = 0

    def run(self, ctx: Context) -> Noised:
        from nodeflow_training import lessons, loading

        levels = loading.opened(self.model.file, ["unet"], ctx).levels
        return Noised(*lessons.forward_process(self.image, levels, self.columns, self.seed, ctx))


class ReverseProcess(Node):
    """Show the reverse process: the noisy latent step by step, and below it the picture that the model sees in it."""

    category = CATEGORY
    resources = {"device": 1}

    model: Denoiser
    positive: Conditioning
    negative: Conditioning
    latent: Latent
    vae: VAE
    columns: Columns = 7
    seed: SeedValue = 0
    steps: SampleSteps = 20
    cfg: Cfg = 4.0
    sampler: SamplerName = "euler"
    schedule: ScheduleName = "karras"

    def run(self, ctx: Context) -> Image:
        from nodeflow_training import lessons

        return lessons.reverse_process(self, ctx)


class CompareSampling(Node):
    """Show what one setting does: a row of pictures for each of its values, from the same noise.

    Values stand with commas between: numbers for `cfg` and `steps`, names for `sampler` and `schedule`. Of texts the
    words alone count here, not their places and times.
    """

    category = CATEGORY
    resources = {"device": 1}

    model: Denoiser
    positive: Conditioning
    negative: Conditioning
    latent: Latent
    vae: VAE
    vary: Literal["cfg", "steps", "sampler", "schedule"] = "cfg"
    values: Annotated[str, Field(description="with commas between")] = "1, 2, 4, 8, 16"
    seed: SeedValue = 0
    steps: SampleSteps = 20
    cfg: Cfg = 4.0
    sampler: SamplerName = "euler"
    schedule: ScheduleName = "karras"

    def run(self, ctx: Context) -> Image:
        from nodeflow_training import lessons

        return lessons.comparison(self, ctx)


class AttentionMaps(Node):
    """Show what cross-attention looks at: for each word where in the picture it was heard, over all steps and layers.

    Words of the prompt stand with commas between; none are all of them.
    """

    category = CATEGORY
    resources = {"device": 1}

    model: Denoiser
    text_encoder: TextEncoder
    vae: VAE
    latent: Latent
    prompt: Annotated[str, Multiline()] = ""
    words: Annotated[str, Field(description="with commas between; nothing takes all words of the prompt")] = ""
    seed: SeedValue = 0
    steps: SampleSteps = 20
    cfg: Cfg = 4.0
    sampler: SamplerName = "euler"
    schedule: ScheduleName = "karras"

    def run(self, ctx: Context) -> Image:
        from nodeflow_training import attention_lesson

        return attention_lesson.maps(self, ctx)


@node(category=CATEGORY)
def interpolate_latents(
    first: Latent,
    second: Latent,
    count: Annotated[int, Field(ge=2, le=64, description="latents, both ends included")] = 7,
    way: Annotated[
        Literal["straight", "arc"], Field(description="arc keeps the length of latents that are noise")
    ] = "straight",
) -> Latent:
    """A batch of latents on the way from the first of one batch to the first of another."""
    from nodeflow_training import latent_lesson

    return latent_lesson.between(first, second, count, way)


@node(category=CATEGORY)
def latent_channels(
    latent: Latent, scale: Annotated[int, Field(ge=1, le=64, description="pixels a position")] = 8
) -> Image:
    """Each channel of the first latent as a gray picture in a grid: black is -3, white is 3."""
    from nodeflow_training import latent_lesson

    return latent_lesson.channels(latent, scale)


@node(category=CATEGORY)
def image_grid(
    image: Image,
    columns: Annotated[int, Field(ge=1, le=64)] = 4,
    labels: Annotated[str, Multiline(), Field(description="one a line, above the pictures")] = "",
) -> Image:
    """The pictures of a batch as one picture, row by row, with words above them. Transparency is left out."""
    import numpy as np

    from nodeflow_training.chart import grid

    levels = np.rint(np.clip(image.pixels[..., :3], 0, 1) * 255).astype(np.uint8)
    drawn = grid(list(levels), columns, labels.splitlines())
    return Image(drawn[None].astype(np.float32) / np.float32(255))
