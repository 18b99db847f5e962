"""Encoders of the BERT family (Devlin et al. 2019, arXiv:1810.04805) from a local transformers folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.text import Chunks, TextEncoder
from nodeflow_diffusion.lib.tokenizer import folder_vocabulary


@dataclass(frozen=True, eq=False)
class BertNetwork:
    """A bidirectional encoder as a `TextNetwork`; its vector is the last state at the first token (CLS)."""

    module: nn.Module
    positions: int

    @property
    def layers(self) -> int:
        config: Any = self.module.config
        return int(config.num_hidden_layers)

    def states(self, chunks: Chunks, end: int, last_layer: int) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        out: Any = self.module(input_ids=chunks.ids, attention_mask=chunks.mask.long(), output_hidden_states=True)
        return out.hidden_states[last_layer], out.last_hidden_state[:, 0]


@dataclass(frozen=True)
class BertConfig:
    """An encoder that lies in `folder`, and its tokenizer, by default in the same one. `width` is that of its states.

    `positions` is the length of a chunk that the diffusion model was trained with: 77 in Rombach et al. 2022
    (arXiv:2112.10752, app. E).
    """

    folder: Path
    width: int
    tokenizer: Path | None = None
    positions: int = 77


def open_bert(
    folder: Path,
    *,
    tokenizer: Path | None = None,
    positions: int = 77,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> TextEncoder:
    """The encoder that transformers saved to `folder`, and the tokenizer in there or in a folder of its own.

    Safetensors only, nothing is downloaded. `positions` as in `BertConfig`. Raises OSError or ValueError, as
    transformers does, for a folder that holds neither, and ValueError for positions that the encoder has not.
    """
    from transformers import AutoModel  # takes seconds to import

    model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
    most = int(model.config.max_position_embeddings)
    if not 2 < positions <= most:
        raise ValueError(f"positions {positions!r}: the encoder in {str(folder)!r} takes 3 to {most}")
    model.to(device).eval().requires_grad_(requires_grad=False)
    return TextEncoder(BertNetwork(model, positions), folder_vocabulary(tokenizer or folder))
