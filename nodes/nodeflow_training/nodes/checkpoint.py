"""The node that puts trained parts together into one file."""

from typing import Annotated, Literal

from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder

from nodeflow import Context, Field, File, Node

Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_. -]{0,63}$", description="of the file, without its ending")
]


class SaveCheckpoint(Node):
    """Save a U-Net, a VAE and a text encoder as one .safetensors file in the layout of Stable Diffusion.

    Other tools load it where its sizes are those of Stable Diffusion. Patches, such as LoRAs, are merged into the
    weights. With `stored` weights keep the number type they have; half precision is what files are mostly shared in.
    """

    category = "training"
    output = True

    model: Denoiser
    vae: VAE
    text_encoder: TextEncoder
    name: Name = "model"
    dtype: Annotated[Literal["stored", "float32", "float16", "bfloat16"], Field(description="of the weights")] = (
        "float16"
    )

    def run(self, ctx: Context) -> File:
        from nodeflow_training import saving

        return saving.saved(self, ctx)
