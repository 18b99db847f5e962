"""Encoders of BERT's family in a single file: the same results as from their folder, and what is wrong told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from nodeflow_diffusion.detecting import checkpoint as detected
from nodeflow_diffusion.lib import bert_layout
from nodeflow_diffusion.lib.bert import FAMILY, open_bert
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.writer import save_checkpoint
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from transformers import (
    AutoModel,
    BertConfig,
    DistilBertConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    XLMRobertaConfig,
)

TEXTS = ["red circle", "Reddish CIRCLES, and a blue one!", "", "\u00e9t\u00e9 [MASK] red", "red " * 30]
PIECES = ["a", "and", "red", "##dish", "circle", "##s", "one", "blue", ",", "!", "ete"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
CONFIGS: dict[str, Any] = {
    "bert": lambda **rest: BertConfig(**SIZES, **rest),
    "distilbert": lambda **rest: DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64, **rest),
    "roberta": lambda **rest: RobertaConfig(**SIZES, pad_token_id=1, **rest),
    "xlm-roberta": lambda **rest: XLMRobertaConfig(**SIZES, pad_token_id=1, **rest),
}


def write_tokenizer(folder: Path, special: list[str]) -> None:
    """Word pieces in small letters; the file says to cut and to fill texts, as files of sentence encoders do."""
    vocabulary = {word: i for i, word in enumerate([*special, "[UNK]", "[MASK]", *PIECES])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "cls", "sep", "unk", "mask")}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)


@pytest.fixture(scope="module", params=FAMILY)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("bert")
    special = ["[CLS]", "[PAD]", "[SEP]"] if "roberta" in request.param else ["[PAD]", "[CLS]", "[SEP]"]
    AutoModel.from_config(CONFIGS[request.param](vocab_size=20, max_position_embeddings=40)).save_pretrained(folder)
    write_tokenizer(folder, special)
    return open_bert(folder, positions=16)


def test_it_reads_as_it_did_in_its_folder(encoder: TextEncoder, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "text.safetensors", text_model=encoder)
    checkpoint = open_checkpoint(tmp_path / "text.safetensors", ["text_encoder"])
    assert checkpoint.text_config.width == 32
    for again in (checkpoint.text_encoder(), checkpoint.text_encoder(Placement(dtype="float32"))):
        assert again.positions == 16
        for text in TEXTS:
            before, after = encoder.encode(text), again.encode(text)
            assert torch.equal(before.context, after.context), text
            assert torch.equal(before.pooled, after.pooled), text
        skipped = [each.with_last_layer(-2).encode("red circle").context for each in (encoder, again)]
        assert torch.equal(*skipped)
        assert not any(p.requires_grad for p in again.network.module.parameters())
    assert checkpoint.nbytes("text_encoder") == sum(p.nbytes for p in encoder.network.module.parameters())


def test_what_was_written_is_written_again_to_the_bit(encoder: TextEncoder, tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    save_checkpoint(first, text_model=encoder, dtype=torch.bfloat16)
    again = open_checkpoint(first, ["text_encoder"]).text_encoder()
    assert {p.dtype for p in again.network.module.parameters()} == {torch.bfloat16}
    save_checkpoint(second, text_model=again)
    assert first.read_bytes() == second.read_bytes()


def test_it_is_not_taken_for_one_of_clip(encoder: TextEncoder, small_unet: UNet, tmp_path: Path) -> None:
    path = tmp_path / "both.safetensors"
    save_checkpoint(path, small_unet, text_model=encoder)
    found = detected(path)
    assert found is not None
    assert found.label == "Stable Diffusion checkpoint with a text encoder of BERT's family"
    assert found.details["holds"] == "U-Net, text encoder"
    with pytest.raises(CheckpointError, match="reads contexts of width 64, but the text encoder writes 32"):
        open_checkpoint(path, ["unet", "text_encoder"])


def change(path: Path, said: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    """Replaces some of what a file says, and some of its tensors; those without elements are left out."""
    with safe_open(path, "pt") as file:
        metadata, kept = dict(file.metadata()), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    metadata[bert_layout.BERT] = json.dumps(json.loads(metadata[bert_layout.BERT]) | said)
    save_file({name: tensor for name, tensor in (kept | tensors).items() if tensor.numel()}, path, metadata)


@pytest.mark.parametrize(
    ("said", "tensors", "words"),
    [
        ({"config": {"model_type": "t5"}}, {}, "it holds 'config', of one of bert, .*'positions', 'start', 'end'"),
        ({"pad": "0"}, {}, "it holds 'config'"),
        ({"config": None}, {}, "it holds 'config'"),
        ({}, {bert_layout.TOKENIZER: torch.zeros(0)}, "its weights or its tokenizer are not there"),
        ({}, {bert_layout.TOKENIZER: torch.tensor([255], dtype=torch.uint8)}, "is no JSON .*; copy it again"),
        ({}, {bert_layout.TEXT + "strange": torch.ones(1)}, "text encoder in .* is not built as expected"),
    ],
)
def test_what_is_not_whole_is_refused(
    encoder: TextEncoder, tmp_path: Path, said: dict[str, Any], tensors: dict[str, torch.Tensor], words: str
) -> None:
    path = tmp_path / "text.safetensors"
    save_checkpoint(path, text_model=encoder)
    change(path, said, tensors)
    with pytest.raises(CheckpointError, match=words):
        open_checkpoint(path, ["text_encoder"]).text_encoder()
