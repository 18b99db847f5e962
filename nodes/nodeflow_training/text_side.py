"""A text encoder in training: captions to states and vectors, with only the tokens that captions use as weights."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from nodeflow_diffusion.lib.chunks import Chunk
from nodeflow_diffusion.lib.text import TextEncoder
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training.pictures import words
from nodeflow_training.types import Dataset

STRANGE = 0
VOCABULARY = 10_000
"""Captions of drawings that are looked through for the tokens that are used."""


def captions_used(dataset: Dataset, count: int) -> list[str]:
    """So many captions of a dataset, worded anew where there are several wordings: all words that are used."""
    rng = random.Random(0)
    return [words(dataset, i % len(dataset), rng) for i in range(count)]


class UsedWords(nn.Module):
    """The vectors of some tokens, in the place of a whole table; row `STRANGE` stands for all others."""

    def __init__(self, whole: nn.Embedding, tokens: Sequence[int]) -> None:
        super().__init__()
        table, rows = whole.weight.detach(), torch.zeros(len(whole.weight) + 1, dtype=torch.long)
        rows[tokens] = torch.arange(1, len(tokens) + 1)
        others = rows[:-1] == STRANGE
        mean = table[others.to(table.device)].mean(dim=0) if others.any() else table.mean(dim=0)
        self.tokens, self.padding = tokens, whole.padding_idx
        self.padding_row = None if self.padding is None else int(rows[self.padding])
        self.rows: Tensor
        self.register_buffer("rows", rows.to(table.device), persistent=False)
        self.weight = nn.Parameter(torch.cat([mean[None], table[tokens]]))

    @property
    def strange(self) -> int:
        """A token that is none of the vocabulary."""
        return len(self.rows) - 1

    def forward(self, ids: Tensor) -> Tensor:
        return functional.embedding(self.rows[ids], self.weight, self.padding_row)

    def whole(self, before: Tensor, *, strange: bool) -> nn.Embedding:
        """The table `before` with what was learnt; with `strange`, all others have the vector that stood for them."""
        table = self.weight[STRANGE].detach().expand_as(before).clone() if strange else before.detach().clone()
        table[list(self.tokens)] = self.weight.detach()[1:]
        return nn.Embedding(len(table), table.shape[1], padding_idx=self.padding, _weight=table)


class TextSide:
    """Encodes captions by a `TextEncoder`, in training or frozen; a caption is one chunk, the rest of it is cut off.

    With `captions` an encoder is trained on the tokens of these alone, a few of its vocabulary (CLIP's has 49,408,
    BERT's 30,522). `strange` is how often (0..1) one to three others are slipped into a caption, so that the encoder
    learns to read past words it does not know.
    """

    def __init__(self, encoder: TextEncoder, captions: Iterable[str] = (), strange: float = 0.0) -> None:
        self.encoder, self.strange = encoder, strange
        self.used: UsedWords | None = None
        if ids := {token for text in captions for token in encoder.vocabulary.ids(text)}:
            self._shrink(ids)

    @property
    def module(self) -> nn.Module:
        return self.encoder.network.module

    def __call__(self, captions: Sequence[str], rng: random.Random | None = None) -> tuple[Tensor, Tensor]:
        """States [B, T, D] and vectors [B, P], float32, with gradients where the weights have them."""
        batch = self.encoder.batch([self._chunk(text, rng) for text in captions])
        states, pooled = self.encoder.network.states(batch, self.encoder.vocabulary.end, self.encoder.last_layer)
        return states.float(), pooled.float()

    def _chunk(self, text: str, rng: random.Random | None) -> Chunk:
        most = self.encoder.chunk_length
        ids = self.encoder.vocabulary.ids(text)[:most]
        if rng is not None and self.strange and self.used is not None:
            ids = with_strangers(ids, self.used.strange, self.strange, rng)[:most]
        return Chunk(tuple(ids), (1.0,) * len(ids))

    def _shrink(self, ids: set[int]) -> None:
        """Puts a table of the tokens that are used in the place of the whole one."""
        vocabulary, module = self.encoder.vocabulary, self._transformer
        self.whole: Tensor = module.get_input_embeddings().weight
        tokens = sorted(ids | {vocabulary.start, vocabulary.end, vocabulary.pad})
        self.used = UsedWords(module.get_input_embeddings(), tokens)
        module.set_input_embeddings(self.used)

    @property
    def _transformer(self) -> Any:
        """The module, of whose library nothing else is needed."""
        return self.module

    @torch.no_grad()
    def restore(self) -> TextEncoder:
        """The encoder with its whole table: trained rows, and the strange one for all others if it learnt."""
        if self.used is not None:
            self._transformer.set_input_embeddings(self.used.whole(self.whole, strange=self.strange > 0))
            self.used = None
        return self.encoder


def with_strangers(ids: list[int], stranger: int, share: float, rng: random.Random) -> list[int]:
    """Tokens with one to three of another kind slipped in, if it is their turn."""
    if not ids or rng.random() >= share:
        return ids
    ids = list(ids)
    places = len(ids) + 1
    for _ in range(rng.randint(1, 3)):
        ids.insert(rng.randint(1, places) - 1, stranger)
    return ids
