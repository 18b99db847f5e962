"""The node that teaches a text encoder to read captions before it meets a U-Net."""

from typing import Annotated, NamedTuple

from nodeflow_diffusion.types import TextEncoder

from nodeflow import Context, Field, File, Image, Node
from nodeflow_training.nodes.diffusion import CATEGORY, Early, Rate, SeedValue, Steps
from nodeflow_training.types import Dataset


class TrainedText(NamedTuple):
    """A text encoder that reads, and how well."""

    text_encoder: TextEncoder
    understood: Annotated[float, Field(description="share of held-out captions of which every answer is right")]
    preview: Annotated[Image, Field(description="the loss over the steps")]
    curve: Annotated[File, Field(description="the loss over the steps, as CSV")]


class TrainTextEncoder(Node):
    """Teach a text encoder to read captions of drawn scenes: from its vector linear classifiers tell what they say.

    Stable Diffusion starts from an encoder that knows language (CLIP); this is as much of it as drawn scenes need. The
    classifiers for background, colours, shapes, relation and place are thrown away afterwards.
    """

    category = CATEGORY
    resources = {"device": 1}

    dataset: Dataset
    text_encoder: TextEncoder
    steps: Steps = 1000
    batch: Annotated[int, Field(ge=1, le=4096)] = 64
    learning_rate: Rate = 1e-3
    silence: Annotated[float, Field(ge=0, le=1, description="share of empty captions")] = 0.05
    strange_words: Annotated[float, Field(ge=0, le=1, description="of captions get unknown words slipped in")] = 0.1
    seed: SeedValue = 0
    finish_early: Early = False

    def run(self, ctx: Context) -> TrainedText:
        from nodeflow_training import text_course

        return text_course.trained(self, ctx)
