"""Vocabularies against transformers' own tokenizers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.tokenizer import _merges, clip_tokenizer, clip_vocabulary, folder_vocabulary
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import CLIPTokenizer, PreTrainedTokenizerFast

UNKNOWN = "[UNK]"


@functools.cache
def reference() -> Any:
    """Transformers' CLIP tokenizer on the same words and merges."""
    return CLIPTokenizer(vocab=clip_tokenizer().get_vocab(with_added_tokens=True), merges=_merges())


def reference_ids(text: str) -> list[int]:
    return list(reference()(text, add_special_tokens=False, verbose=False)["input_ids"])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A Photo  of\na CAT", [320, 1125, 539, 320, 2368]),
        ("", []),
        ("!", [256]),
        ("a", [320]),
        ("hello world", [3306, 1002]),
        ("<|endoftext|>", [49407]),
    ],
)
def test_known_ids(text: str, ids: list[int]) -> None:
    assert clip_vocabulary().ids(text) == ids


def test_the_vocabulary_is_whole() -> None:
    vocabulary = clip_tokenizer().get_vocab(with_added_tokens=True)
    assert sorted(vocabulary.values()) == list(range(49408))
    assert (vocabulary["!"], vocabulary["!</w>"], vocabulary["in"], vocabulary["th"]) == (0, 256, 512, 513)


def test_stable_diffusion_1_pads_with_the_end() -> None:
    vocabulary = clip_vocabulary()
    assert (vocabulary.start, vocabulary.end, vocabulary.pad, vocabulary.size) == (49406, 49407, 49407, 49408)
    assert clip_vocabulary(pad=0).pad == 0


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(alphabet="abc'stvel ,.:-_!1é中🙂<|>\n\t"))
def test_equal_to_transformers(text: str) -> None:
    assert clip_vocabulary().ids(text) == reference_ids(text)


def test_a_folder_of_transformers(tmp_path: Path) -> None:
    words = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "red": 4, "circle": 5}
    tokenizer = Tokenizer(WordLevel(words, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = Whitespace()
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": UNKNOWN}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(tmp_path)
    vocabulary = folder_vocabulary(tmp_path)
    assert vocabulary.ids("red circle blue") == [4, 5, 3]
    assert (vocabulary.start, vocabulary.end, vocabulary.pad, vocabulary.size) == (1, 2, 0, 6)


def test_a_tokenizer_without_an_end_is_refused(tmp_path: Path) -> None:
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token=UNKNOWN))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token=UNKNOWN).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="no bos_token_id or cls_token_id"):
        folder_vocabulary(tmp_path)
