"""Encoders of the BERT family (Devlin et al. 2019, arXiv:1810.04805), built by transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.text import Chunks, TextEncoder
from nodeflow_diffusion.lib.tokenizer import folder_vocabulary

FAMILY: Final = ("bert", "distilbert", "roberta", "xlm-roberta")
"""The names that transformers has for its members."""


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


@dataclass(frozen=True, eq=False)
class BertSizes:
    """An encoder without its weights: `config` is that of transformers, and `positions` as in `BertConfig`."""

    config: Mapping[str, Any]
    positions: int

    @property
    def width(self) -> int:
        """Of its states."""
        return int(self.config.get("hidden_size") or self.config["dim"])


def bert_model(sizes: BertSizes) -> nn.Module:
    """A transformers model of those sizes, on the meta device."""
    from transformers import AutoModel, BertConfig, DistilBertConfig, RobertaConfig, XLMRobertaConfig

    kinds = dict(zip(FAMILY, (BertConfig, DistilBertConfig, RobertaConfig, XLMRobertaConfig), strict=True))
    config = kinds[sizes.config["model_type"]].from_dict(dict(sizes.config))
    with torch.device("meta"):
        model: nn.Module = AutoModel.from_config(config, attn_implementation="sdpa")
    return model


def fill_buffers(model: nn.Module, device: str) -> None:
    """Gives what is no weight its values, which it has not on the meta device: positions, and one type of tokens."""
    for name, buffer in list(model.named_buffers()):
        owner, _, last = name.rpartition(".")
        ones = torch.ones(buffer.shape, dtype=torch.long, device=device)
        setattr(model.get_submodule(owner), last, ones.cumsum(-1) - 1 if last == "position_ids" else ones - 1)


@contextmanager
def _without_bars() -> Iterator[None]:
    """Without the progress bars of transformers, which it draws on stderr wherever that leads."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


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

    with _without_bars():
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
    most = int(model.config.max_position_embeddings)
    if not 2 < positions <= most:
        raise ValueError(f"positions {positions!r}: the encoder in {str(folder)!r} takes 3 to {most}")
    model.to(device).eval().requires_grad_(requires_grad=False)
    return TextEncoder(BertNetwork(model, positions), folder_vocabulary(tokenizer or folder))
