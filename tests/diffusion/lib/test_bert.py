"""Encoders of the BERT family from a local folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.bert import open_bert
from nodeflow_diffusion.lib.checkpoint import Checkpoint, open_checkpoint
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.refusal import CheckpointError
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


@pytest.fixture
def checkpoint(folder: Path, tmp_path: Path) -> Checkpoint:
    """A folder in the layout of diffusers whose U-Net was trained with that encoder."""
    shutil.copytree(folder, tmp_path / "text_encoder")
    (tmp_path / "tokenizer").mkdir()
    for path in list((tmp_path / "text_encoder").glob("tokenizer*")):
        path.rename(tmp_path / "tokenizer" / path.name)
    sizes = {"block_out_channels": (32,), "layers_per_block": 1, "cross_attention_dim": 32, "attention_head_dim": 4}
    blocks = {"down_block_types": ["CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D"]}
    UNet2DConditionModel(**sizes, **blocks).save_pretrained(tmp_path / "unet")
    return open_checkpoint(tmp_path, ("unet", "text_encoder"))


def test_a_checkpoint_may_be_trained_with_one(checkpoint: Checkpoint, folder: Path) -> None:
    encoder = checkpoint.text_encoder()
    expected = open_bert(folder, positions=16).encode("red circle")
    assert torch.equal(encoder.encode("red circle").context, expected.context)
    assert torch.equal(encoder.encode("red circle").pooled, expected.pooled)
    assert checkpoint.nbytes("text_encoder") == sum(p.nbytes for p in encoder.network.module.parameters())
    x, sigma = torch.ones(1, 4, 4, 4), 2.0
    made = [checkpoint.denoiser()(x, sigma, encoder.encode(text).context) for text in ("red", "circle")]
    assert not torch.allclose(*made)


def test_it_is_placed_like_the_rest(checkpoint: Checkpoint) -> None:
    encoder = checkpoint.text_encoder(Placement(dtype="bfloat16"))
    assert {p.dtype for p in encoder.network.module.parameters()} == {torch.bfloat16}
    assert not any(p.requires_grad for p in encoder.network.module.parameters())
    assert encoder.encode("red").context.dtype == torch.float32


def test_one_of_another_width_is_refused(checkpoint: Checkpoint) -> None:
    path = checkpoint.contents.path / "text_encoder" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hidden_size": 48}))
    with pytest.raises(CheckpointError, match="reads contexts of width 32, but the text encoder writes 48"):
        open_checkpoint(checkpoint.contents.path, ("unet", "text_encoder"))
