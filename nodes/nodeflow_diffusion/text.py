"""Nodes that turn prompts into conditionings."""

from dataclasses import replace
from typing import Annotated

from nodeflow import Context, Field, Multiline, Node, node
from nodeflow_diffusion.types import Conditioning, Entry, TextEncoder


class TextEncode(Node):
    """Encode a prompt.

    (word:1.3) weighs a word, (word) by 1.1 and [word] by 1/1.1; \\( and \\) are brackets; BREAK begins a new chunk.
    A prompt longer than the text encoder reads at once is read in chunks.
    """

    category = "conditioning"
    resources = {"device": 1}

    text_encoder: TextEncoder
    text: Annotated[str, Multiline(prompt=True), Field(description="the prompt")] = ""

    def run(self, ctx: Context) -> Conditioning:
        from nodeflow_diffusion import weights

        embedding = weights.text_encoder(self.text_encoder, ctx).encode(self.text)
        return Conditioning((Entry(embedding.context.cpu(), embedding.pooled.cpu()),))


@node(category="conditioning", type_name="CLIPSetLastLayer")
def clip_set_last_layer(text_encoder: TextEncoder, stop_at: Annotated[int, Field(ge=-24, le=-1)] = -1) -> TextEncoder:
    """Let the text encoder stop early: -1 is its last layer, -2 the one before, which others call CLIP skip 2."""
    return replace(text_encoder, last_layer=stop_at)
