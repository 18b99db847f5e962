"""The nodes that change a model by a LoRA."""

from typing import Annotated, NamedTuple

from nodeflow import Context, Field, FileChoice, Node
from nodeflow_diffusion.loaders import model_file
from nodeflow_diffusion.types import Denoiser, ModelFile, Patch, Recipe, TextEncoder, patched

LORAS = "loras"
Strength = Annotated[float, Field(ge=-10, le=10, description="0 changes nothing; below 0 the opposite")]


class Changed(NamedTuple):
    """A model and its text encoder, changed by a LoRA."""

    model: Denoiser
    text_encoder: TextEncoder


class LoadLoRA(Node):
    """Change a model by a LoRA: a small file that teaches it a subject or a style. Several can follow each other.

    Files of diffusers, peft and kohya are read. What a file does not change stays shared with the unchanged model. For
    a LoRA of the U-Net alone, LoadLoRAModelOnly needs no text encoder.
    """

    title = "Load LoRA"
    category = "loaders"

    model: Denoiser
    text_encoder: TextEncoder
    lora: Annotated[str, FileChoice(LORAS)]
    strength: Strength = 1.0
    text_strength: Strength = 1.0

    def run(self, ctx: Context) -> Changed:
        file = model_file(LORAS, self.lora, ctx)
        return Changed(changed(self.model, file, self.strength), changed(self.text_encoder, file, self.text_strength))


class ChangedModel(NamedTuple):
    """A model changed by a LoRA."""

    model: Denoiser


class LoadLoRAModelOnly(Node):
    """Change a model by a LoRA, and no text encoder: for a LoRA that is for the U-Net alone, as TrainLoRA makes them.

    What a file has for a text encoder is left out, and a warning counts it; LoadLoRA takes both.
    """

    title = "Load LoRA (Model Only)"
    category = "loaders"

    model: Denoiser
    lora: Annotated[str, FileChoice(LORAS)]
    strength: Strength = 1.0

    def run(self, ctx: Context) -> ChangedModel:
        file = model_file(LORAS, self.lora, ctx)
        self._check(ctx)
        return ChangedModel(changed(self.model, file, self.strength))

    def _check(self, ctx: Context) -> None:
        """Tells of what is left out; raises CheckpointError if that is all there is."""
        from nodeflow_diffusion.lib.lora import changes
        from nodeflow_diffusion.lib.lora_names import is_for_text
        from nodeflow_diffusion.lib.refusal import CheckpointError
        from nodeflow_diffusion.lib.tensor_file import TensorFile

        found = changes(TensorFile(ctx.path(LORAS, self.lora)))
        text = sum(map(is_for_text, found))
        if text == len(found):
            raise CheckpointError(
                f"{self.lora!r} has nothing for a U-Net: all {text} weights that it changes are a text encoder's; "
                "LoadLoRA changes those"
            )
        if text:
            ctx.log.warning(
                "%d of the %d weights that %r changes are a text encoder's, and are left out; LoadLoRA takes both",
                text,
                len(found),
                self.lora,
            )


def changed(recipe: Recipe, file: ModelFile, strength: float) -> Recipe:
    """The recipe with the LoRA; itself where that changes nothing."""
    return patched(recipe, Patch("lora", file, strength)) if strength else recipe
