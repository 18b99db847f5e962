"""Nodes that name model files. They read no weights: what they give are recipes, followed where a model is used."""

from typing import Annotated, Literal, NamedTuple

from nodeflow import Context, Field, FileChoice, Node
from nodeflow_diffusion.types import VAE, Denoiser, ModelFile, TextEncoder

CHECKPOINTS, VAES, TEXT_ENCODERS = "checkpoints", "vae", "text_encoders"


class Checkpoint(NamedTuple):
    """The parts of a checkpoint."""

    model: Annotated[Denoiser, Field(description="the U-Net, to sample with")]
    text_encoder: Annotated[TextEncoder, Field(description="encodes prompts for this model")]
    vae: Annotated[VAE, Field(description="turns pictures into this model's latents, and back")]


class LoadCheckpoint(Node):
    """Load a Stable Diffusion checkpoint: a .safetensors file, or a folder in the layout of diffusers.

    Its kind is read from the file. Only if pictures of a 2.x model come out as noise, say what it predicts.
    nodeflow-scenes.safetensors, which comes along, draws one or two coloured shapes on a plain background: it knows no
    other words.
    """

    category = "loaders"

    checkpoint: Annotated[str, FileChoice(CHECKPOINTS)]
    prediction: Annotated[
        Literal["auto", "epsilon", "v"], Field(description="what the U-Net was trained to predict; auto asks the file")
    ] = "auto"

    def run(self, ctx: Context) -> Checkpoint:
        from nodeflow_diffusion import weights
        from nodeflow_diffusion.lib.checkpoint import PARTS

        file = model_file(CHECKPOINTS, self.checkpoint, ctx)
        weights.opened(file, PARTS, ctx)
        said = None if self.prediction == "auto" else self.prediction
        return Checkpoint(Denoiser(file, prediction=said), TextEncoder(file), VAE(file))


class LoadVAE(Node):
    """Load a VAE that is stored by itself, or take that of a checkpoint in the folders for VAEs."""

    category = "loaders"

    vae: Annotated[str, FileChoice(VAES)]

    def run(self, ctx: Context) -> VAE:
        from nodeflow_diffusion import weights

        file = model_file(VAES, self.vae, ctx)
        weights.opened(file, ["vae"], ctx)
        return VAE(file)


class LoadTextEncoder(Node):
    """Load a text encoder of CLIP or of BERT's family by itself, to train a model on it, or the one of a checkpoint.

    It is a folder as transformers or diffusers save it, with an empty object, {}, in a file model_index.json, or a
    file that SaveCheckpoint or a training wrote.
    """

    category = "loaders"

    text_encoder: Annotated[str, FileChoice(TEXT_ENCODERS)]

    def run(self, ctx: Context) -> TextEncoder:
        from nodeflow_diffusion import weights
        from nodeflow_diffusion.lib.refusal import CheckpointError

        file = model_file(TEXT_ENCODERS, self.text_encoder, ctx)
        try:
            weights.opened(file, ["text_encoder"], ctx)
        except CheckpointError as error:
            if not ctx.path(TEXT_ENCODERS, self.text_encoder).with_name("config.json").exists():
                raise
            raise CheckpointError(
                f"{self.text_encoder!r} is the weights of a folder that transformers saved; put a file "
                "'model_index.json' with {} in it beside them, and choose the folder"
            ) from error
        return TextEncoder(file)


def model_file(kind: str, name: str, ctx: Context) -> ModelFile:
    """The file of that name, as it is now."""
    return ModelFile(kind, name, ctx.digest(kind, name))
