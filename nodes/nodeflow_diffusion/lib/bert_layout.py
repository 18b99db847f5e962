"""An encoder of BERT's family inside a single file: its weights, and beside them its sizes and its tokenizer."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from nodeflow_diffusion.lib.bert import FAMILY, BertNetwork, BertSizes
from nodeflow_diffusion.lib.contents import Stored
from nodeflow_diffusion.lib.layout import TEXT
from nodeflow_diffusion.lib.metadata import Metadata, sizes
from nodeflow_diffusion.lib.part import Part, Source
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.tensor_file import TensorFile
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.tokenizer import Vocabulary, written_vocabulary

BERT: Final = "nodeflow.bert"
TOKENIZER: Final = "cond_stage_model.tokenizer"
"""The bytes of the tokenizer's JSON, which is too long for metadata."""
_TOKENS: Final = ("start", "end", "pad")


def check_writable(encoder: TextEncoder) -> None:
    """Raises ValueError for an encoder of BERT's family whose tokenizer no file can hold."""
    if isinstance(encoder.network, BertNetwork) and encoder.vocabulary.written is None:
        raise ValueError(
            "the text encoder's tokenizer is written in Python, so it cannot be put into a file with the weights; one "
            "that has a tokenizer.json would be right"
        )


def written(encoder: TextEncoder) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of an encoder with a `BertNetwork`. Raises ValueError as `check_writable` does."""
    check_writable(encoder)
    network, vocabulary = encoder.network, encoder.vocabulary
    assert isinstance(network, BertNetwork)
    assert vocabulary.written is not None
    config: Any = network.module.config
    said = {
        "config": json.loads(config.to_json_string()),
        "positions": network.positions,
        **{name: getattr(vocabulary, name) for name in _TOKENS},
    }
    tensors = {f"{TEXT}{name}": tensor for name, tensor in network.module.state_dict().items()}
    text = bytearray(vocabulary.written().encode())
    return {**tensors, TOKENIZER: torch.frombuffer(text, dtype=torch.uint8)}, {BERT: json.dumps(said, sort_keys=True)}


def read(file: TensorFile) -> tuple[Stored[BertSizes], Callable[[], Vocabulary]] | None:
    """The encoder of a file and its vocabulary, None for a file without. Raises CheckpointError for half of one."""
    if BERT not in file.metadata:
        return None
    said = _said(file.metadata)
    names = [name for name in file.shapes if name.startswith(TEXT)]
    part = Part("text encoder", file, {name.removeprefix(TEXT): Source(name) for name in names})
    if not names or TOKENIZER not in file.shapes:
        raise CheckpointError(
            f"{file.path.name!r} says that it has a text encoder of BERT's family, but its weights or its tokenizer "
            "are not there; copy it again"
        )
    tokens = {name: said[name] for name in _TOKENS}
    return Stored(BertSizes(said["config"], said["positions"]), part), functools.partial(_vocabulary, file, tokens)


def _said(metadata: Metadata) -> dict[str, Any]:
    said = sizes(metadata, BERT)
    config = said.get("config")
    numbers = all(type(said.get(name)) is int for name in ("positions", *_TOKENS))
    if not numbers or not isinstance(config, dict) or config.get("model_type") not in FAMILY:
        raise CheckpointError(
            f"metadata {BERT!r} is {metadata[BERT]!r}; it holds 'config', of one of {', '.join(FAMILY)}, and the "
            f"numbers 'positions', {', '.join(map(repr, _TOKENS))}"
        )
    return said


def _vocabulary(file: TensorFile, tokens: dict[str, int]) -> Vocabulary:
    ((_, data),) = file.mapped([TOKENIZER])
    text = bytes(data.numpy()).decode("utf-8", "replace")
    try:
        json.loads(text)
    except ValueError as error:
        raise CheckpointError(f"the tokenizer in {file.path.name!r} is no JSON ({error}); copy it again") from error
    return written_vocabulary(text, **tokens)
