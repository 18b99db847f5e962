"""Nodes that add noise."""

from dataclasses import replace
from typing import Annotated, Literal

from nodeflow import Context, Field, Node
from nodeflow_diffusion.ksampler import SeedValue
from nodeflow_diffusion.types import Denoiser, Latent


class AddNoise(Node):
    """Add noise to a latent, as the diffusion does that a model learns to undo, in one go.

    At timestep t it is sqrt(abar_t) * latent + sqrt(1 - abar_t) * noise, where abar falls from nearly 1 to nearly 0.
    So the scale `preserving` has it: a latent of variance 1 keeps variance 1. The scale `sampler` is that divided by
    sqrt(abar_t): latent + sigma_t * noise, which KSampler (Advanced) goes on from with its own noise off.

    The timestep is `amount` of the way from 0 to the last one, unless it is given itself. Noise is standard normal, the
    same that a KSampler of this seed starts from, drawn for the whole batch at once. Without a model the noise levels
    are Stable Diffusion's. The noise mask is kept, and not looked at.
    """

    category = "sampling"

    latent: Latent
    model: Denoiser | None = None
    amount: Annotated[float, Field(ge=0, le=1, description="0 is the least noise, 1 the most")] = 0.5
    timestep: Annotated[int, Field(ge=0, le=999, description="overrules the amount")] | None = None
    seed: SeedValue = 0
    scale: Literal["preserving", "sampler"] = "preserving"

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import weights
        from nodeflow_diffusion.lib.noise import initial_noise
        from nodeflow_diffusion.lib.noise_levels import NoiseLevels

        levels = NoiseLevels.scaled_linear() if self.model is None else weights.noise_levels(self.model, ctx)
        t = self.amount * (len(levels) - 1) if self.timestep is None else self.timestep
        sigma = levels.sigma(t).item()
        noisy = self.latent.samples + initial_noise(self.latent.samples.shape, self.seed) * sigma
        scale = (1 + sigma**2) ** -0.5 if self.scale == "preserving" else 1.0
        return replace(self.latent, samples=noisy * scale)
