"""The node that trains a VAE."""

from typing import Annotated, NamedTuple

from nodeflow_diffusion.types import VAE

from nodeflow import Context, Field, File, Image, Node
from nodeflow_training.nodes.diffusion import (
    CATEGORY,
    Accumulate,
    Decay,
    Early,
    Number,
    Rate,
    SeedValue,
    Steps,
    WarmUp,
)
from nodeflow_training.types import Dataset

Weight = Annotated[float, Field(ge=0, le=100)]


class TrainedVAE(NamedTuple):
    """A trained VAE, and what there is to see of its training."""

    vae: VAE
    preview: Annotated[
        Image, Field(description="the loss over the steps, and pictures above what the VAE makes of them")
    ]
    curve: Annotated[File, Field(description="the loss over the steps, as CSV")]


class TrainVAE(Node):
    """Train a VAE to give pictures back: pixels, edges, local patterns, a small KL term, and a critic if one is wanted.

    With `normalise` its latents get mean 0 and deviation 1 in each channel, which a diffusion model learns best from.
    With `decoder_only` latents stay as they are, so a diffusion model that learnt them goes on working.
    """

    title = "Train VAE"
    category = CATEGORY
    resources = {"device": 1}

    dataset: Dataset
    vae: VAE
    steps: Steps = 1000
    batch: Annotated[int, Field(ge=1, le=4096)] = 32
    accumulate: Accumulate = 1
    crop: Annotated[
        int, Field(ge=0, le=2048, description="side of training crops in pixels; 0 takes whole pictures")
    ] = 0
    views: Annotated[int, Field(ge=1, le=64, description="of each picture, as it is augmented")] = 1
    learning_rate: Rate = 1e-3
    warm_up: WarmUp = 100
    decay_from: Decay = 0.4
    kl_weight: Weight = 1e-4
    edge_weight: Weight = 0.5
    perceptual_weight: Annotated[float, Field(ge=0, le=100, description="of local patterns, at three scales")] = 0.0
    adversarial_weight: Annotated[float, Field(ge=0, le=100, description="of a critic; 0 is none")] = 0.0
    adversarial_from: Annotated[float, Field(ge=0, lt=1, description="where the critic begins, 0..1 of the way")] = 0.5
    latent_noise: Annotated[
        float, Field(ge=0, le=10, description="that the decoder learns to overlook, in the scale of the raw latents")
    ] = 0.0
    decoder_only: bool = False
    normalise: bool = True
    dtype: Number = "auto"
    sample_pictures: Annotated[int, Field(ge=0, le=64, description="of the dataset, in the preview")] = 6
    seed: SeedValue = 0
    finish_early: Early = False

    def run(self, ctx: Context) -> TrainedVAE:
        from nodeflow_training import vae_course

        return vae_course.trained(self, ctx)
