"""Nodes that sample: from noise, or from a picture with noise, to a picture."""

from typing import Annotated

from nodeflow import Choices, Context, Field, Node, Seed
from nodeflow_diffusion.types import Conditioning, Denoiser, Latent

SeedValue = Annotated[int, Field(ge=0, lt=2**64, description="the same seed makes the same picture"), Seed()]
Steps = Annotated[int, Field(ge=1, le=1000)]
Cfg = Annotated[float, Field(ge=0, le=100, description="how closely the prompt is followed; 1 leaves the negative out")]


class KSampler(Node):
    """Denoise a latent: the step in which the picture arises.

    With denoise below 1 it starts from the latent's picture and only takes the last part of the way, so many steps of
    it as asked: image to image. A noise mask on the latent limits it to a part of the picture: inpainting. Noise is
    drawn for the whole batch at once.
    """

    category = "sampling"
    resources = {"device": 1}

    model: Denoiser
    positive: Conditioning
    negative: Conditioning
    latent: Latent
    seed: SeedValue = 0
    steps: Steps = 20
    cfg: Cfg = 7.5
    sampler: Annotated[str, Choices("samplers")] = "euler"
    schedule: Annotated[str, Choices("schedules")] = "karras"
    denoise: Annotated[float, Field(ge=0, le=1, description="1 makes all anew, 0 changes nothing")] = 1.0

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import weights
        from nodeflow_diffusion.denoising import Denoising, Guidance, chosen_sampler, chosen_schedule
        from nodeflow_diffusion.lib.schedules.partial import img2img_sigmas

        model = weights.denoiser(self.model, ctx)
        schedule = chosen_schedule(ctx, self.schedule, self.sampler)
        denoising = Denoising(
            sampler=chosen_sampler(ctx, self.sampler),
            sigmas=img2img_sigmas(schedule, self.steps, self.denoise, model.denoiser.levels),
            guidance=Guidance(positive=self.positive, negative=self.negative, cfg=self.cfg),
            seed=self.seed,
        )
        return denoising.run(model, self.latent, ctx)


class KSamplerAdvanced(Node):
    """Denoise a latent for a part of the steps, from `start_at` until before `end_at`, counted from 0.

    So two of them share the way: the first ends early and leaves the noise of that step in its latent; the second adds
    none and goes on. A latent with noise is picture + sigma * noise, where sigma is the step's noise level; AddNoise
    makes one in that scale, too. Noise masks are for latents that get their noise here.
    """

    title = "KSampler (Advanced)"
    category = "sampling"
    resources = {"device": 1}

    model: Denoiser
    positive: Conditioning
    negative: Conditioning
    latent: Latent
    add_noise: Annotated[bool, Field(description="off for a latent that has its noise already")] = True
    seed: SeedValue = 0
    steps: Annotated[int, Field(ge=1, le=1000, description="of the whole way")] = 20
    cfg: Cfg = 7.5
    sampler: Annotated[str, Choices("samplers")] = "euler"
    schedule: Annotated[str, Choices("schedules")] = "karras"
    start_at: Annotated[int, Field(ge=0, le=1000)] = 0
    end_at: Annotated[int, Field(ge=0, le=1000)] = 1000
    leftover_noise: Annotated[bool, Field(description="leave the noise of the last step in the latent")] = False

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import weights
        from nodeflow_diffusion.denoising import Denoising, Guidance, chosen_sampler, chosen_schedule, part

        model = weights.denoiser(self.model, ctx)
        sigmas = chosen_schedule(ctx, self.schedule, self.sampler)(self.steps, model.denoiser.levels)
        denoising = Denoising(
            sampler=chosen_sampler(ctx, self.sampler),
            sigmas=part(sigmas, self.start_at, self.end_at, leftover=self.leftover_noise),
            guidance=Guidance(positive=self.positive, negative=self.negative, cfg=self.cfg),
            seed=self.seed,
            add_noise=self.add_noise,
        )
        return denoising.run(model, self.latent, ctx)
