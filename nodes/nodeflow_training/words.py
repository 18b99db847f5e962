"""The words that captions use, as the rows of a small embedding table."""

from __future__ import annotations

import random
from collections.abc import Iterable

import torch
from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.tokenizer import Vocabulary, clip_vocabulary
from torch import Tensor

from nodeflow_training.captions import caption
from nodeflow_training.scenes import sample_scene

TEXT_WIDTH, TEXT_LENGTH = 128, 32
STRANGE, END = 0, 1


class Words:
    """The tokens that captions use, numbered from 2; 0 stands for every other token, 1 for the end of text.

    Training touches a few dozen rows of CLIP's vocabulary of 49,408, so only those are held and optimised.
    """

    def __init__(self, vocabulary: Vocabulary, captions: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        ids = {token for text in captions for token in vocabulary.ids(text)} | {vocabulary.start}
        self.tokens = [None, vocabulary.end, *sorted(ids)]
        self.rows = {token: row for row, token in enumerate(self.tokens)}

    def encode(self, captions: list[str], rng: random.Random, strange: float = 0.0) -> Tensor:
        """Rows [B, TEXT_LENGTH], filled up with the end of text; now and then a word from outside is slipped in."""
        return torch.tensor([self._encode(text, rng, strange) for text in captions])

    @staticmethod
    def ends(rows: Tensor) -> Tensor:
        """The place [B] of each row's first end of text."""
        return (rows == END).int().argmax(dim=1)

    def _encode(self, text: str, rng: random.Random, strange: float) -> list[int]:
        rows = [self.rows.get(token, STRANGE) for token in self.vocabulary.ids(text)]
        if rows and rng.random() < strange:
            for _ in range(rng.randint(1, 3)):
                rows.insert(rng.randint(0, len(rows)), STRANGE)
        rows = [self.rows[self.vocabulary.start], *rows][: TEXT_LENGTH - 1]
        return rows + [END] * (TEXT_LENGTH - len(rows))


def caption_words() -> Words:
    """The words of ten thousand captions, which is all of them."""
    rng = random.Random(0)
    return Words(clip_vocabulary(), [caption(sample_scene(rng, 1 + i % 2), rng) for i in range(10_000)])


def text_config(vocabulary: int) -> ClipConfig:
    """The sizes of the text model; its tokens number from 2, or are CLIP's."""
    return ClipConfig(
        TEXT_WIDTH, layers=2, heads=2, intermediate=4 * TEXT_WIDTH, positions=TEXT_LENGTH, vocabulary=vocabulary
    )
