"""The node that trains a diffusion model."""

from typing import Annotated, Literal, NamedTuple

from nodeflow_diffusion.types import Denoiser, TextEncoder

from nodeflow import Context, Field, File, Image, Node, Seed
from nodeflow_training.types import EncodedDataset

CATEGORY = "training"

Steps = Annotated[int, Field(ge=1, le=10_000_000, description="of the optimizer")]
Rate = Annotated[float, Field(gt=0, le=1, description="the highest, after warming up")]
WarmUp = Annotated[int, Field(ge=0, le=100_000, description="steps in which the rate rises")]
Decay = Annotated[float, Field(ge=0, lt=1, description="from where on the rate falls by a cosine, 0..1 of the way")]
Accumulate = Annotated[int, Field(ge=1, le=1024, description="batches whose gradients make one step")]
Number = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Field(description="what networks compute in; weights and optimizer stay in float32"),
]
Early = Annotated[
    bool, Field(description="take what a run that was stopped has learnt so far, instead of going on with it")
]
SeedValue = Annotated[int, Field(ge=0, lt=2**64), Seed()]


class Trained(NamedTuple):
    """A trained model, and what there is to see of its training."""

    model: Annotated[Denoiser, Field(description="the averaged weights, with which to sample")]
    text_encoder: Annotated[TextEncoder, Field(description="the text encoder that goes with it")]
    preview: Annotated[Image, Field(description="the loss over the steps, and samples")]
    curve: Annotated[File, Field(description="the loss over the steps, as CSV")]


class TrainDiffusion(Node):
    """Train a U-Net to denoise latents by their captions, and with `text_rate` above 0 its text encoder, too.

    The loss is the mean squared error of the noise or of v, whichever the model predicts. A run that was stopped goes
    on from its last checkpoint when the same graph is run again, and ends as if it had never been stopped.
    """

    category = CATEGORY
    resources = {"device": 1}

    data: EncodedDataset
    model: Denoiser
    text_encoder: TextEncoder
    steps: Steps = 1000
    batch: Annotated[int, Field(ge=1, le=4096)] = 16
    accumulate: Accumulate = 1
    learning_rate: Rate = 1e-4
    optimizer: Annotated[
        Literal["adamw", "muon"], Field(description="muon learns small networks faster, at a rate about as high")
    ] = "adamw"
    warm_up: WarmUp = 100
    decay_from: Decay = 0.4
    text_rate: Annotated[
        float, Field(ge=0, le=1, description="the text encoder's share of the learning rate; 0 leaves it as it is")
    ] = 0.0
    caption_drop: Annotated[float, Field(ge=0, le=1, description="of captions, so that guidance can work")] = 0.1
    strange_words: Annotated[
        float, Field(ge=0, le=1, description="of captions get unknown words slipped in, if the text encoder learns")
    ] = 0.0
    noise_bias: Annotated[float, Field(gt=0, le=4, description="below 1 noisy timesteps come more often")] = 1.0
    min_snr: Annotated[float, Field(ge=0, le=100, description="bounds the weight of clean timesteps; 0 is off")] = 0.0
    ema: Annotated[float, Field(ge=0, lt=1, description="decay of the averaged weights")] = 0.999
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    dtype: Number = "auto"
    gradient_checkpointing: Annotated[bool, Field(description="less memory for more time")] = False
    sample_pictures: Annotated[int, Field(ge=0, le=64, description="of captions of the dataset, in the preview")] = 8
    seed: SeedValue = 0
    finish_early: Early = False

    def run(self, ctx: Context) -> Trained:
        from nodeflow_training import diffusion_course

        return diffusion_course.trained(self, ctx)
