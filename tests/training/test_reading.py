"""What the text encoder is asked, and what a learner makes of it."""

from __future__ import annotations

import math
import random

import pytest
import torch
from nodeflow_diffusion.types import TextEncoder
from nodeflow_training import loading
from nodeflow_training.captions import Statement, statement, worded
from nodeflow_training.questions import QUESTIONS, answers
from nodeflow_training.reading_learner import ReadingLearner, ReadingMethod
from nodeflow_training.scenes import Item, Scene, sample_scene
from nodeflow_training.text_side import TextSide, captions_used
from nodeflow_training.types import Dataset, Drawings

from nodeflow import Context

DRAWINGS = Drawings(50, seed=2)
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


@pytest.fixture
def learner(text_encoder: TextEncoder, ctx: Context) -> ReadingLearner:
    text = TextSide(loading.text_encoder(text_encoder, ctx), captions_used(Dataset(DRAWINGS), 200), 0.5)
    return ReadingLearner(text, DRAWINGS, ReadingMethod(batch=8))


def test_a_batch_is_that_of_its_step(learner: ReadingLearner) -> None:
    assert learner.loss(5, 0).item() == learner.loss(5, 0).item()
    assert learner.loss(5, 0).item() != learner.loss(6, 0).item()


def test_the_loss_of_a_reader_that_knows_nothing_is_the_entropy_of_guessing(learner: ReadingLearner) -> None:
    for weight in learner.answers.parameters():
        torch.nn.init.zeros_(weight)
    guessing = sum(math.log(len(possible) + 1) for possible in QUESTIONS.values())
    assert learner.loss(0, 0).item() == pytest.approx(guessing, rel=1e-5)
    assert learner.understood() == 0


def test_training_captions_never_come_from_held_out_scenes() -> None:
    rng = random.Random(2)
    assert not any(sample_scene(rng, 1 + i % 2).held_out for i in range(300))
