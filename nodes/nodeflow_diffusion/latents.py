"""Nodes that make latents out of nothing."""

from typing import Annotated

from nodeflow import Context, Field, Node
from nodeflow_diffusion.grid import positions
from nodeflow_diffusion.types import VAE, Latent

CHANNELS, FACTOR = 4, 8  # Stable Diffusion's

Side = Annotated[int, Field(ge=16, le=16384, description="pixels")]


class EmptyLatent(Node):
    """A latent of zeros, for a picture to be made from noise alone.

    Link the checkpoint's VAE to get latents of its kind; without one they are Stable Diffusion's, with 4 channels and
    8 x 8 pixels a position. Width and height must be multiples of what a position stands for.
    """

    category = "latent"

    width: Side = 512
    height: Side = 512
    batch: Annotated[int, Field(ge=1, le=4096, description="pictures made at once")] = 1
    vae: VAE | None = None

    def run(self, ctx: Context) -> Latent:
        import torch

        from nodeflow_diffusion import weights

        channels, factor = CHANNELS, FACTOR
        if self.vae is not None:
            config = weights.vae_config(self.vae, ctx)
            channels, factor = config.latent_channels, config.factor
        height, width = positions(self.height, factor, "height"), positions(self.width, factor, "width")
        return Latent(torch.zeros(self.batch, channels, height, width), factor=factor)
