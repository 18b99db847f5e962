"""What the text encoder is asked, and that it learns to answer."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
import torch
from nodeflow_training.captions import Statement, statement, worded
from nodeflow_training.scenes import Item, Scene, sample_scene
from nodeflow_training.text_training import (
    QUESTIONS,
    Reader,
    TextRecipe,
    answers,
    examples,
    loss,
    train_text,
    understood,
)
from nodeflow_training.words import caption_words

RING, HEART = Item("blue", "ring", 97, 64, 50), Item("orange", "heart", 31, 64, 50)


def test_a_caption_tells_what_its_statement_says() -> None:
    assert worded(Statement("pink", (HEART, RING), relation="above")) == (
        "an orange heart above a blue ring on a pink background"
    )
    assert worded(Statement("pink", (HEART, RING))) == "an orange heart and a blue ring on a pink background"
    assert worded(Statement("gray", (RING,))) == "a blue ring on a gray background"


def test_a_statement_without_the_relation_may_name_the_items_in_either_order() -> None:
    scene = Scene("gray", (HEART, RING), relation="left of")
    rng = random.Random(1)
    told = [statement(scene, rng) for _ in range(200)]
    assert statement(scene) == Statement("gray", (HEART, RING), relation="left of")
    assert {each.items for each in told if each.relation is None} == {(HEART, RING), (RING, HEART)}
    assert {each.items for each in told if each.relation} == {(HEART, RING)}


def test_answers_are_places_in_the_lists_and_silence_is_the_last() -> None:
    right = dict(zip(QUESTIONS, answers(Statement("white", (RING,), place="top")), strict=True))
    assert right["background"] == QUESTIONS["background"].index("white")
    assert right["first shape"] == QUESTIONS["first shape"].index("ring")
    assert right["second shape"] == len(QUESTIONS["second shape"])
    assert right["relation"] == len(QUESTIONS["relation"])
    assert right["place"] == QUESTIONS["place"].index("top")
    assert answers(None) == [len(possible) for possible in QUESTIONS.values()]


def test_examples_are_those_of_their_step() -> None:
    words, recipe = caption_words(), TextRecipe(batch=8)
    rows, right = examples(words, recipe, 5)
    again, _ = examples(words, recipe, 5)
    other, _ = examples(words, recipe, 6)
    assert right.shape == (8, len(QUESTIONS))
    assert torch.equal(rows, again)
    assert not torch.equal(rows, other)


def test_the_loss_of_a_reader_that_knows_nothing_is_the_entropy_of_guessing() -> None:
    words = caption_words()
    reader = Reader(len(words.tokens))
    for answer in reader.answers:
        torch.nn.init.zeros_(answer.weight)  # type: ignore[arg-type]
        torch.nn.init.zeros_(answer.bias)  # type: ignore[arg-type]
    guessing = sum(math.log(len(possible) + 1) for possible in QUESTIONS.values())
    assert loss(reader, *examples(words, TextRecipe(batch=4), 0)).item() == pytest.approx(guessing, rel=1e-5)


def test_the_reader_learns(tmp_path: Path) -> None:
    """A few steps at a high rate already tell the first colour; a full run understands every held-out caption."""
    words, recipe = caption_words(), TextRecipe(steps=120, batch=32)
    fresh = Reader(len(words.tokens))
    batch = examples(words, recipe, 10_000)
    before = loss(fresh, *batch).item()
    trained = train_text(recipe, words, tmp_path)
    assert loss(trained, *batch).item() < before / 1.5
    assert 0 <= understood(trained, words, recipe, batches=1) <= 1
    resumed = train_text(recipe, words, tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(trained.parameters(), resumed.parameters(), strict=True))


def test_training_captions_never_come_from_held_out_scenes() -> None:
    rng = random.Random(2)
    assert not any(sample_scene(rng, 1 + i % 2).held_out for i in range(300))
