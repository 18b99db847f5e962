"""CLIP's text model (Radford et al. 2021, arXiv:2103.00020), built by transformers, as a `TextNetwork`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.text import Chunks


@dataclass(frozen=True)
class ClipConfig:
    """Sizes of a CLIP text model; shapes show all but the heads and the activation."""

    width: int = 768
    layers: int = 12
    heads: int = 12
    intermediate: int = 3072
    positions: int = 77
    vocabulary: int = 49408
    activation: str = "quick_gelu"


def clip_text_model(config: ClipConfig) -> nn.Module:
    """A transformers `CLIPTextModel` of those sizes with random weights, on the current default device."""
    from transformers import CLIPTextConfig, CLIPTextModel  # takes seconds to import

    sizes = CLIPTextConfig(
        hidden_size=config.width,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        intermediate_size=config.intermediate,
        max_position_embeddings=config.positions,
        vocab_size=config.vocabulary,
        hidden_act=config.activation,
        projection_dim=config.width,
        # CLIP's own last two, wherever the vocabulary ends.
        bos_token_id=config.vocabulary - 2,
        eos_token_id=config.vocabulary - 1,
        attn_implementation="sdpa",
    )
    model: nn.Module = CLIPTextModel(sizes)
    return model


def trunk(model: nn.Module) -> Any:
    """The module that holds `embeddings`, `encoder` and `final_layer_norm`: the model itself, or inside of it."""
    return getattr(model, "text_model", model)


def clip_config(model: nn.Module) -> ClipConfig:
    """The sizes of a transformers `CLIPTextModel`."""
    c: Any = model.config
    return ClipConfig(
        width=c.hidden_size,
        layers=c.num_hidden_layers,
        heads=c.num_attention_heads,
        intermediate=c.intermediate_size,
        positions=c.max_position_embeddings,
        vocabulary=c.vocab_size,
        activation=c.hidden_act,
    )


@dataclass(frozen=True, eq=False)
class ClipNetwork:
    """A `CLIPTextModel` as a `TextNetwork`; its vector is the normed last state at the first end-of-text token."""

    module: nn.Module

    @property
    def positions(self) -> int:
        return clip_config(self.module).positions

    @property
    def layers(self) -> int:
        return clip_config(self.module).layers

    def states(self, chunks: Chunks, end: int, last_layer: int) -> tuple[Tensor, Tensor]:
        # Padding needs no mask: attention is causal, and what follows the end is read as the models were trained.
        out: Any = self.module(input_ids=chunks.ids, output_hidden_states=True)
        last: Tensor = out.last_hidden_state
        ends = (chunks.ids == end).int().argmax(dim=1)
        pooled = last[torch.arange(len(last), device=last.device), ends]
        if last_layer == -1:
            return last, pooled
        return trunk(self.module).final_layer_norm(out.hidden_states[last_layer]), pooled
