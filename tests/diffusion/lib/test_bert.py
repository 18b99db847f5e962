"""Encoders of the BERT family from a local folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.bert import open_bert
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

WORDS = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "red": 4, "circle": 5}
SPECIAL = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("bert")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=6, max_position_embeddings=16, **sizes)).save_pretrained(path)
    tokenizer = Tokenizer(WordLevel(WORDS, SPECIAL["unk_token"]))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL).save_pretrained(path)
    return path


@torch.no_grad()
def test_the_same_as_transformers(folder: Path) -> None:
    encoder = open_bert(folder, positions=8)
    ids = torch.tensor([[1, 4, 5, 2, 0, 0, 0, 0]])
    model = BertModel.from_pretrained(folder, local_files_only=True).eval()
    out = model(ids, attention_mask=(ids != 0).long(), output_hidden_states=True)
    embedding = encoder.encode("red circle")
    assert torch.allclose(embedding.context, out.last_hidden_state, atol=1e-5)
    assert torch.allclose(embedding.pooled, out.last_hidden_state[:, 0], atol=1e-5)
    skipped = encoder.with_last_layer(-2).encode("red circle")
    assert torch.allclose(skipped.context, out.hidden_states[-2], atol=1e-5)


def test_chunks_and_weights_work_alike(folder: Path) -> None:
    encoder = open_bert(folder, positions=4)
    assert encoder.chunk_length == 2
    assert encoder.encode("red circle (red:1.5)").context.shape == (1, 8, 32)


@pytest.mark.parametrize("positions", [2, 17])
def test_positions_that_the_model_has_not(folder: Path, positions: int) -> None:
    with pytest.raises(ValueError, match=f"positions {positions}: the encoder in .* takes 3 to 16"):
        open_bert(folder, positions=positions)


def test_pickles_are_not_loaded(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        open_bert(tmp_path, positions=8)
