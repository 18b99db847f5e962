"""The node that says how good a model is."""

from typing import Annotated, NamedTuple

from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder

from nodeflow import Context, Field, Image, JsonValue, Node
from nodeflow_training.nodes.diffusion import SeedValue
from nodeflow_training.types import Dataset


class Evaluated(NamedTuple):
    """How good a model is, in numbers, in words and in pictures."""

    figures: Annotated[JsonValue, Field(description="loss, PSNR in dB, and shares of right pictures by what was asked")]
    report: Annotated[str, Field(description="the same as a table")]
    grid: Annotated[Image, Field(description="samples, with their captions")]


class EvaluateModel(Node):
    """Measure a model on pictures it has not learnt from: link a held-out dataset.

    The loss is that of training, at timesteps spread evenly. PSNR is of pictures through the VAE and back. For drawn
    scenes a checker without learnt parts says how many samples follow their captions; it needs scipy
    (`pip install "nodeflow[training]"`).
    """

    category = "training"
    output = True
    resources = {"device": 1}

    dataset: Dataset
    model: Denoiser
    text_encoder: TextEncoder
    vae: VAE
    count: Annotated[int, Field(ge=1, le=10_000, description="pictures of the dataset to measure on")] = 64
    samples: Annotated[int, Field(ge=0, le=10_000, description="pictures to make and to judge; 0 is none")] = 64
    shown: Annotated[int, Field(ge=1, le=100, description="of them in the grid")] = 16
    steps: Annotated[int, Field(ge=1, le=1000)] = 20
    cfg: Annotated[float, Field(ge=0, le=100)] = 4.0
    seed: SeedValue = 0

    def run(self, ctx: Context) -> Evaluated:
        from nodeflow_training import judging

        return judging.evaluated(self, ctx)
