"""The node that turns a dataset into what a diffusion model learns from."""

from typing import Annotated

from nodeflow_diffusion.types import VAE, TextEncoder

from nodeflow import Context, Field, Node
from nodeflow_training.nodes.datasets import CATEGORY, OnBad
from nodeflow_training.types import Dataset, EncodedDataset


class EncodeDataset(Node):
    """Encode every picture once, as training sees it many times: latents, and with a text encoder the captions, too.

    Leave the text encoder out where it is trained, or where captions are worded anew each time (drawn scenes): captions
    are then encoded as they are needed. The result is cached like that of any node.
    """

    category = CATEGORY
    resources = {"device": 1}

    dataset: Dataset
    vae: VAE
    text_encoder: TextEncoder | None = None
    views: Annotated[int, Field(ge=1, le=64, description="of each picture, as it is augmented")] = 1
    on_bad: OnBad = "fail"

    def run(self, ctx: Context) -> EncodedDataset:
        from nodeflow_training import encoding

        return encoding.encoded(self.dataset, self.vae, self.text_encoder, self.views, self.on_bad, ctx)
