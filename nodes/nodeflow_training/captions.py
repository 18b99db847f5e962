"""Captions of drawn scenes, worded anew each time: what the text encoder learns to read."""

from __future__ import annotations

import random
from dataclasses import dataclass

from nodeflow_training.scenes import Item, Place, Relation, Scene

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
OPENINGS = ("", "", "", "a picture of ", "a drawing of ")


@dataclass(frozen=True)
class Statement:
    """What a caption tells of a scene: its items in the order they are named, and what of their places it says."""

    background: str
    items: tuple[Item, ...]
    relation: Relation | None = None
    place: Place | None = None


def statement(scene: Scene, rng: random.Random | None = None) -> Statement:
    """All there is to tell; with `rng` now and then less: no place, or two items without their relation."""
    items, relation, place = scene.items, scene.relation, scene.place
    if rng and len(items) == 2 and rng.random() < 0.15:
        items, relation = rng.choice((items, items[::-1])), None
    if rng and place and rng.random() < 0.4:
        place = None
    return Statement(scene.background, items, relation, place)


def caption(scene: Scene, rng: random.Random | None = None) -> str:
    """A sentence for the scene; without `rng` the plainest one, which the checker's captions use."""
    return worded(statement(scene, rng), rng)


def worded(said: Statement, rng: random.Random | None = None) -> str:
    """The statement in words; with `rng` in one of many wordings."""
    subject = _subject(said, rng)
    if rng is None:
        return f"{subject} on a {said.background} background"
    ending = rng.choice(
        (
            f" on a {said.background} background",
            f" on a {said.background} background",
            f" on {said.background}",
            f", {said.background} background",
            f" in front of a {said.background} background",
        )
    )
    opening = rng.choice(OPENINGS)
    if not opening and rng.random() < 1 / 3:
        subject = subject.removeprefix("a ").removeprefix("an ")
    return opening + subject + ending


def _subject(said: Statement, rng: random.Random | None) -> str:
    first, *others = (_noun(item, rng) for item in said.items)
    if others:
        return f"{first} {_relation(said.relation, rng)} {others[0]}"
    if said.place is None:
        return first
    words = PLACE_WORDS[said.place]
    return f"{first} {rng.choice(words) if rng else words[0]}"


def _relation(relation: Relation | None, rng: random.Random | None) -> str:
    words = RELATION_WORDS[relation] if relation else ("and", "and", "next to")
    return rng.choice(words) if rng else words[0]


def _noun(item: Item, rng: random.Random | None) -> str:
    shape = rng.choice(SYNONYMS.get(item.shape, (item.shape,))) if rng else item.shape
    return f"{'an' if item.colour == 'orange' else 'a'} {item.colour} {shape}"
