"""Nodes that make networks with random weights, to be trained from nothing."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder

from nodeflow import Context, Field, Node, Seed

CATEGORY = "training/models"

SeedValue = Annotated[int, Field(ge=0, lt=2**64), Seed()]
Widths = Annotated[str, Field(description="channels of each level, with commas between; multiples of 32")]


class NewVAE(Node):
    """A VAE with random weights, to be trained.

    A position of its latents stands for patch * 2^(levels - 1) pixels a side.
    """

    title = "New VAE"
    category = CATEGORY

    channels: Widths = "64, 128, 128"
    latent_channels: Annotated[int, Field(ge=1, le=64)] = 16
    res_blocks: Annotated[int, Field(ge=1, le=4, description="of each level")] = 1
    patch: Annotated[int, Field(ge=1, le=16, description="pixels a side that enter as one")] = 4
    seed: SeedValue = 0

    def run(self, ctx: Context) -> VAE:
        from nodeflow_diffusion.lib.vae import VAEConfig
        from nodeflow_diffusion.lib.writer import save_checkpoint

        from nodeflow_training import loading, sizes

        config = VAEConfig(
            latent_channels=self.latent_channels,
            channels=sizes.numbers(self.channels, "channels", multiple=sizes.GROUPS),
            res_blocks=self.res_blocks,
            patch=self.patch,
        )
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            path = Path(folder) / "new.safetensors"
            save_checkpoint(path, vae=sizes.new_vae(config, self.seed))
            return VAE(loading.kept(path, "new-vae.safetensors", ctx).model)


class NewTextEncoder(Node):
    """A text encoder in the manner of CLIP, with its vocabulary and random weights, to be trained."""

    category = CATEGORY

    width: Annotated[int, Field(ge=8, le=2048)] = 128
    layers: Annotated[int, Field(ge=1, le=32)] = 2
    heads: Annotated[int, Field(ge=1, le=32)] = 2
    positions: Annotated[int, Field(ge=8, le=77, description="tokens that are read at once, with start and end")] = 32
    seed: SeedValue = 0

    def run(self, ctx: Context) -> TextEncoder:
        from nodeflow_diffusion.lib.writer import save_checkpoint

        from nodeflow_training import loading, sizes

        model = sizes.new_text_model(self.width, self.layers, self.heads, self.positions, self.seed)
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            path = Path(folder) / "new.safetensors"
            save_checkpoint(path, text_model=model)
            return TextEncoder(loading.kept(path, "new-text-encoder.safetensors", ctx).model)


class NewDenoiser(Node):
    """A U-Net with random weights for the latents of a VAE and the states of a text encoder, to be trained.

    With `pooled` the text's vector is added to the time, as SDXL does, beside the cross-attention on its states.
    """

    category = CATEGORY

    vae: VAE
    text_encoder: TextEncoder
    channels: Widths = "128, 160"
    depths: Annotated[str, Field(description="transformer blocks of each level, 0 for none")] = "1, 1"
    res_blocks: Annotated[int, Field(ge=1, le=4, description="of each level")] = 1
    heads: Annotated[int, Field(ge=1, le=32, description="of attention; they divide the channels")] = 4
    pooled: bool = True
    prediction: Annotated[Literal["epsilon", "v"], Field(description="what it is to predict")] = "v"
    seed: SeedValue = 0

    def run(self, ctx: Context) -> Denoiser:
        from nodeflow_diffusion.lib.unet import UNetConfig
        from nodeflow_diffusion.lib.writer import save_checkpoint

        from nodeflow_training import loading, sizes

        latent = loading.opened(self.vae.file, ["vae"], ctx).vae_config.latent_channels
        width = loading.opened(self.text_encoder.file, ["text_encoder"], ctx).text_config.width
        config = UNetConfig(
            in_channels=latent,
            out_channels=latent,
            channels=sizes.numbers(self.channels, "channels", multiple=sizes.GROUPS),
            res_blocks=self.res_blocks,
            depths=sizes.numbers(self.depths, "depths"),
            context_dim=width,
            heads=self.heads,
            vector_dim=width if self.pooled else None,
        )
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            path = Path(folder) / "new.safetensors"
            said = {"nodeflow.prediction": self.prediction}
            save_checkpoint(path, sizes.new_unet(config, self.seed), metadata=said)
            return Denoiser(loading.kept(path, "new-denoiser.safetensors", ctx).model)
