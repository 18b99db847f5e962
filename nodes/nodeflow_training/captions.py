"""Captions of drawn scenes, worded anew each time: what the text encoder learns to read."""

from __future__ import annotations

import random

from nodeflow_training.scenes import Item, Scene

SYNONYMS = {
    "circle": ("circle", "circle", "circle", "disc", "ball"),
    "square": ("square", "square", "square", "box"),
    "ring": ("ring", "ring", "donut"),
    "cross": ("cross", "cross", "plus"),
    "diamond": ("diamond", "diamond", "rhombus"),
}
RELATION_WORDS = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above", "over", "on top of"),
    "below": ("below", "under", "beneath"),
}
PLACE_WORDS = {
    "left": ("on the left", "at the left"),
    "right": ("on the right", "at the right"),
    "top": ("at the top",),
    "bottom": ("at the bottom",),
    "middle": ("in the middle", "in the center"),
}


def caption(scene: Scene, rng: random.Random | None = None) -> str:
    """A sentence for the scene; without `rng` the plainest one, which the checker's captions use."""
    if rng is None:
        return f"{_subject(scene, None)} on a {scene.background} background"
    article = rng.choice(("a ", "a ", ""))
    ending = rng.choice(
        (
            f" on a {scene.background} background",
            f" on a {scene.background} background",
            f" on {scene.background}",
            f", {scene.background} background",
            f" in front of a {scene.background} background",
        )
    )
    opening = rng.choice(("", "", "", "a picture of ", "a drawing of "))
    subject = _subject(scene, rng)
    return opening + (subject if article or opening else subject.removeprefix("a ").removeprefix("an ")) + ending


def _subject(scene: Scene, rng: random.Random | None) -> str:
    first = _noun(scene.items[0], rng)
    if len(scene.items) == 2:
        assert scene.relation is not None
        words = RELATION_WORDS[scene.relation]
        relation = rng.choice(words) if rng else words[0]
        second = _noun(scene.items[1], rng)
        if rng and rng.random() < 0.15:
            return rng.choice((f"{first} and {second}", f"{second} and {first}", f"{first} next to {second}"))
        return f"{first} {relation} {second}"
    if scene.place is None or (rng and rng.random() < 0.4):
        return first
    words = PLACE_WORDS[scene.place]
    return f"{first} {rng.choice(words) if rng else words[0]}"


def _noun(item: Item, rng: random.Random | None) -> str:
    shape = rng.choice(SYNONYMS.get(item.shape, (item.shape,))) if rng else item.shape
    return f"{'an' if item.colour == 'orange' else 'a'} {item.colour} {shape}"
