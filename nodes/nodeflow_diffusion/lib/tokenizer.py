"""Vocabularies of text encoders: CLIP's, which ships with this library, and those of local transformers folders."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

START, END = "<|startoftext|>", "<|endoftext|>"
CLIP_SIZE = 49408
_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class Vocabulary:
    """How text becomes token ids. `ids` adds neither `start` nor `end`; `pad` fills a chunk up.

    `written` gives the tokenizer as JSON, as the tokenizers library reads it; None where it can do without, as CLIP's
    is known, or where the tokenizer is not one of that library.
    """

    ids: Callable[[str], list[int]]
    start: int
    end: int
    pad: int
    size: int
    written: Callable[[], str] | None = None


@cache
def clip_tokenizer() -> Tokenizer:
    """CLIP's byte-pair tokenizer (Radford et al. 2021, arXiv:2103.00020), equal to transformers' own."""
    merges = _merges()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *(f"{letter}</w>" for letter in alphabet), *(a + b for a, b in merges), START, END]
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=merges, end_of_word_suffix="</w>", unk_token=END))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken(START, special=True), AddedToken(END, special=True)])
    return tokenizer


def _merges() -> list[tuple[str, str]]:
    """The first merges of the list, as many as fill the vocabulary beside 2 x 256 bytes and two special tokens."""
    packed = (resources.files(__package__) / "data" / "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().split("\n")[1 : CLIP_SIZE - 2 * 256 - 2 + 1]
    return [(first, second) for first, second in (line.split() for line in lines)]


def clip_vocabulary(*, pad: int | None = None) -> Vocabulary:
    """CLIP's vocabulary. It pads with end-of-text as Stable Diffusion 1.x does; pass 0 for 2.x."""
    tokenizer, start, end = clip_tokenizer(), CLIP_SIZE - 2, CLIP_SIZE - 1

    def ids(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    return Vocabulary(ids, start, end, end if pad is None else pad, CLIP_SIZE)


def folder_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of a tokenizer that transformers saved to `folder`. Nothing is downloaded.

    Raises OSError or ValueError, as transformers does, for a folder that holds none, and ValueError for a tokenizer
    without tokens that start, end and pad a text.
    """
    from transformers import AutoTokenizer  # takes seconds, and CLIP's own vocabulary does without

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def special(*names: str) -> int:
        found = [value for name in names if (value := getattr(tokenizer, name, None)) is not None]
        if not found:
            raise ValueError(f"the tokenizer in {str(folder)!r} has no {' or '.join(names)}; it should have one")
        return int(found[0])

    def ids(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    start = special("bos_token_id", "cls_token_id")
    end = special("eos_token_id", "sep_token_id")
    backend = getattr(tokenizer, "backend_tokenizer", None)
    written = backend.to_str if isinstance(backend, Tokenizer) else None
    return Vocabulary(ids, start, end, special("pad_token_id", "eos_token_id"), len(tokenizer), written)


def written_vocabulary(text: str, *, start: int, end: int, pad: int) -> Vocabulary:
    """The vocabulary of a tokenizer that was written as JSON; it cuts nothing off and fills nothing up."""
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def ids(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    return Vocabulary(ids, start, end, pad, tokenizer.get_vocab_size(), tokenizer.to_str)
