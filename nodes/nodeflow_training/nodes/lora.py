"""The node that trains a LoRA."""

from typing import Annotated, Literal, NamedTuple

from nodeflow_diffusion.types import Denoiser, TextEncoder

from nodeflow import Context, Field, File, Image, Node
from nodeflow_training.nodes.checkpoint import Name
from nodeflow_training.nodes.diffusion import (
    CATEGORY,
    Accumulate,
    Decay,
    Early,
    Rate,
    SeedValue,
    Steps,
    WarmUp,
)
from nodeflow_training.types import EncodedDataset


class TrainedLoRA(NamedTuple):
    """A model with what it has learnt, the same as a file, and what there is to see of the training."""

    model: Annotated[Denoiser, Field(description="the model, changed by the LoRA")]
    lora: Annotated[File, Field(description="the LoRA, in the names of diffusers and peft")]
    preview: Annotated[Image, Field(description="the loss over the steps, and samples")]
    curve: Annotated[File, Field(description="the loss over the steps, as CSV")]


class TrainLoRA(Node):
    """Teach a model a subject or a style by a LoRA: thin matrices beside the weights of attention, which stay.

    With `others`, captions that have nothing to do with the subject, the model is held to what it makes of those
    without the LoRA, so that the subject alone changes.
    """

    title = "Train LoRA"
    category = CATEGORY
    resources = {"device": 1}

    data: EncodedDataset
    model: Denoiser
    text_encoder: TextEncoder
    others: EncodedDataset | None = None
    others_weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    name: Name = "lora"
    rank: Annotated[int, Field(ge=1, le=256)] = 8
    layers: Annotated[str, Field(description="ends of the names of layers that learn, with commas between")] = (
        "to_q, to_k, to_v, to_out.0"
    )
    steps: Steps = 500
    batch: Annotated[int, Field(ge=1, le=4096)] = 4
    accumulate: Accumulate = 1
    learning_rate: Rate = 1e-4
    warm_up: WarmUp = 50
    decay_from: Decay = 0.4
    caption_drop: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_snr: Annotated[float, Field(ge=0, le=100, description="bounds the weight of clean timesteps; 0 is off")] = 0.0
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Field(description="what networks compute in, and the U-Net's matrices are held in; what learns is in float32"),
    ] = "auto"
    gradient_checkpointing: Annotated[bool, Field(description="less memory for more time")] = False
    sample_pictures: Annotated[int, Field(ge=0, le=64, description="of captions of the dataset, in the preview")] = 4
    seed: SeedValue = 0
    finish_early: Early = False

    def run(self, ctx: Context) -> TrainedLoRA:
        from nodeflow_training import lora_course

        return lora_course.trained(self, ctx)
