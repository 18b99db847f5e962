"""Scenes, their captions and the checker that reads them back."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_training.captions import caption
from nodeflow_training.checker import check, read
from nodeflow_training.scenes import (
    BACKGROUNDS,
    COLOURS,
    ITEM_COLOURS,
    PLACES,
    RELATIONS,
    SHAPES,
    SIZE,
    Item,
    Scene,
    draw,
    outline,
    sample_scene,
)

seeds = st.integers(0, 2**32)


@given(seeds, st.sampled_from([1, 2]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_checker_reads_back_what_was_drawn(seed: int, items: int, held_out: bool) -> None:
    rng = random.Random(seed)
    scene = sample_scene(rng, items, held_out=held_out)
    assert check(draw(scene, rng), scene).all_right


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_the_checker_refuses_the_caption_of_another_scene(seed: int) -> None:
    rng = random.Random(seed)
    scene, other = sample_scene(rng, 1), sample_scene(rng, 1)
    said = (other.background, other.items[0].colour, other.items[0].shape, other.place)
    shown = (scene.background, scene.items[0].colour, scene.items[0].shape, scene.place)
    assert check(draw(scene), other).all_right == (said == shown)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("colour", ITEM_COLOURS)
def test_every_shape_in_every_colour_is_told_from_the_others(shape: str, colour: str) -> None:
    background = next(name for name in BACKGROUNDS if name != colour)
    name, seen = read(draw(Scene(background, (Item(colour, shape, 60, 66, 60),))))
    assert name == background
    assert [(item.colour, item.shape) for item in seen] == [(colour, shape)]
    assert abs(seen[0].x - 60) < 4
    assert abs(seen[0].y - 66) < 12  # the centre of mass of a triangle is not that of its box


def test_what_is_wrong_is_named() -> None:
    scene = Scene("white", (Item("red", "circle", 31, 64, 50), Item("blue", "square", 97, 64, 50)), relation="left of")
    picture = draw(scene)
    first, second = scene.items
    assert check(picture, scene).all_right
    assert not check(picture, replace(scene, relation="right of")).arrangement
    assert not check(picture, replace(scene, background="gray")).background
    wrong_colour = check(picture, replace(scene, items=(replace(first, colour="green"), second)))
    assert wrong_colour.count
    assert not wrong_colour.colours
    wrong_shape = check(picture, replace(scene, items=(replace(first, shape="star"), second)))
    assert wrong_shape.colours
    assert not wrong_shape.shapes
    assert not check(picture, Scene("white", (first,), place="left")).count
    empty = check(np.full((SIZE, SIZE, 3), 250, np.uint8), scene)
    assert empty.background
    assert not (empty.count or empty.colours or empty.shapes or empty.arrangement)


def test_held_out_combinations_are_a_tenth_and_never_trained_on() -> None:
    rng = random.Random(3)
    trained = {sample_scene(rng, 1).key for _ in range(3000)}
    held = {sample_scene(rng, 1, held_out=True).key for _ in range(500)}
    assert not trained & held
    assert 0.05 < len(held) / (len(trained) + len(held)) < 0.16


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_captions_name_colours_and_background(seed: int) -> None:
    rng = random.Random(seed)
    scene = sample_scene(rng, 2)
    for words in (caption(scene), caption(scene, rng)):
        assert scene.background in words
        assert all(item.colour in words for item in scene.items)


def test_plain_captions() -> None:
    first, second = Item("orange", "heart", 31, 64, 50), Item("blue", "ring", 97, 64, 50)
    pair = Scene("gray", (first, second), relation="left of")
    assert caption(pair) == "an orange heart left of a blue ring on a gray background"
    assert caption(Scene("pink", (first,), place="top")) == "an orange heart at the top on a pink background"


def test_items_stay_inside_and_apart() -> None:
    rng = random.Random(8)
    for _ in range(300):
        scene = sample_scene(rng, 2)
        a, b = scene.items
        for item in scene.items:
            assert item.across / 2 <= min(item.x, item.y, SIZE - item.x, SIZE - item.y)
        assert max(abs(a.x - b.x), abs(a.y - b.y)) > (a.across + b.across) / 2
    assert {sample_scene(rng, 2).relation for _ in range(60)} == set(RELATIONS)
    assert {sample_scene(rng, 1).place for _ in range(60)} == set(PLACES)


def test_colours_are_those_painted_and_an_outline_needs_corners() -> None:
    picture = draw(Scene("yellow", (Item("purple", "square", 64, 64, 60),)))
    assert tuple(picture[0, 0]) == COLOURS["yellow"]
    assert tuple(picture[64, 64]) == COLOURS["purple"]
    with pytest.raises(ValueError, match="'circle'"):
        outline("circle")
