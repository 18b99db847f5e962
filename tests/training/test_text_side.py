"""Captions as a text encoder in training sees them: a small table of words, strange ones, cut ends."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from nodeflow_diffusion.lib.chunks import Chunk
from nodeflow_diffusion.lib.text import TextEncoder as Encoder
from nodeflow_diffusion.types import TextEncoder
from nodeflow_training import loading
from nodeflow_training.text_side import TextSide, captions_used, with_strangers
from nodeflow_training.types import Dataset, Drawings

from nodeflow import Context

KNOWN = ["a red circle", "a blue ring"]


@pytest.fixture
def encoder(text_encoder: TextEncoder, ctx: Context) -> Encoder:
    return loading.text_encoder(text_encoder, ctx)


@torch.no_grad()
def test_known_words_are_read_as_before_and_unknown_ones_alike(encoder: Encoder) -> None:
    captions = ["a red circle", "a green circle", "a black circle"]
    assert len({len(encoder.vocabulary.ids(caption)) for caption in captions}) == 1
    whole = TextSide(encoder)(captions)
    for before, after in zip(whole, TextSide(encoder, KNOWN)(captions), strict=True):
        assert torch.equal(before[0], after[0])
        assert torch.equal(after[1], after[2])
        assert not torch.equal(before[1], before[2])


def test_strange_words_are_slipped_in_and_nothing_is_left_out(encoder: Encoder) -> None:
    text = TextSide(encoder, KNOWN, strange=1.0)
    assert text.used is not None
    ids, stranger = encoder.vocabulary.ids("a red circle"), text.used.strange
    for seed in range(20):
        strange = with_strangers(ids, stranger, 1.0, random.Random(seed))
        assert 1 <= strange.count(stranger) <= 3
        assert [token for token in strange if token != stranger] == ids
    assert with_strangers(ids, stranger, 0.0, random.Random(0)) == ids
    assert with_strangers([], stranger, 1.0, random.Random(0)) == []


@torch.no_grad()
def test_a_strange_word_is_read_as_any_that_captions_never_use(encoder: Encoder) -> None:
    text = TextSide(encoder, KNOWN, strange=1.0)
    assert text.used is not None
    unknown = encoder.vocabulary.ids("green")
    assert len(unknown) == 1
    ids = encoder.batch([Chunk((*unknown, text.used.strange), (1.0, 1.0))]).ids
    assert torch.equal(*text.used(ids)[0, 1:3])


@torch.no_grad()
def test_a_caption_that_is_too_long_is_cut_and_still_ends(encoder: Encoder) -> None:
    text = TextSide(encoder, KNOWN, strange=1.0)
    states, vectors = text(["red " * 100], random.Random(0))
    assert states.shape[:2] == (1, encoder.positions)
    assert torch.equal(vectors[0], states[0, -1])


def test_all_wordings_of_drawings_are_looked_through() -> None:
    dataset = Dataset(Drawings(2, seed=1))
    captions = captions_used(dataset, 100)
    assert len(captions) == 100
    assert len(set(captions)) > 2
    assert captions_used(replace(dataset, source=Drawings(2, seed=1)), 100) == captions
