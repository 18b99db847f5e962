"""Drawn scenes: one or two coloured shapes on a plain background, described well enough to be checked."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIZE = 128
SUPERSAMPLING = 4

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "orange": (244, 140, 30),
    "yellow": (250, 214, 50),
    "green": (46, 160, 67),
    "blue": (38, 92, 210),
    "purple": (130, 60, 170),
    "pink": (245, 130, 180),
    "white": (250, 250, 250),
    "black": (20, 20, 20),
    "gray": (128, 128, 128),
}
ITEM_COLOURS = tuple(name for name in COLOURS if name != "gray")
BACKGROUNDS = ("white", "black", "gray", "blue", "yellow", "pink")
SHAPES = ("circle", "square", "triangle", "diamond", "star", "ring", "cross", "heart")

Relation = Literal["left of", "right of", "above", "below"]
Place = Literal["left", "right", "top", "bottom", "middle"]
RELATIONS: tuple[Relation, ...] = ("left of", "right of", "above", "below")
PLACES: tuple[Place, ...] = ("left", "right", "top", "bottom", "middle")

Point = tuple[float, float]


@dataclass(frozen=True)
class Item:
    """A shape: its centre and its width across, in pixels of a 128-pixel picture."""

    colour: str
    shape: str
    x: float
    y: float
    across: float


@dataclass(frozen=True)
class Scene:
    """What a picture shows. `relation` is of the first item to the second; `place` is of a single item."""

    background: str
    items: tuple[Item, ...]
    relation: Relation | None = None
    place: Place | None = None

    @property
    def key(self) -> str:
        """The combination a caption can name: what training and held-out captions are told apart by."""
        items = " ".join(f"{item.colour} {item.shape}" for item in self.items)
        return f"{items} {self.relation} {self.background}"

    @property
    def held_out(self) -> bool:
        """One combination in ten is never trained on."""
        return hashlib.sha256(self.key.encode()).digest()[0] < 26


def sample_scene(rng: random.Random, items: int, *, held_out: bool = False) -> Scene:
    """A random scene of one or two items, from the trained or the held-out combinations."""
    while True:
        scene = _pair(rng) if items == 2 else _single(rng)
        if scene.held_out == held_out:
            return scene


def _single(rng: random.Random) -> Scene:
    background = rng.choice(BACKGROUNDS)
    colour = rng.choice([name for name in ITEM_COLOURS if name != background])
    place = rng.choice(PLACES)
    across = rng.uniform(48, 80) if place == "middle" else rng.uniform(44, 64)
    x, y = _position(rng, place, across)
    return Scene(background, (Item(colour, rng.choice(SHAPES), x, y, across),), place=place)


def _position(rng: random.Random, place: Place, across: float) -> Point:
    near, half = across / 2 + 4, SIZE / 2
    edge, centre = rng.uniform(near, near + 6), half + rng.uniform(-6, 6)
    return {
        "left": (edge, centre),
        "right": (SIZE - edge, centre),
        "top": (centre, edge),
        "bottom": (centre, SIZE - edge),
        "middle": (centre, half + rng.uniform(-6, 6)),
    }[place]


def _pair(rng: random.Random) -> Scene:
    background = rng.choice(BACKGROUNDS)
    colours = rng.sample([name for name in ITEM_COLOURS if name != background], 2)
    relation = rng.choice(RELATIONS)
    sizes = [rng.uniform(44, 56), rng.uniform(44, 56)]
    near = [rng.uniform(30, 33), rng.uniform(95, 98)]
    across = [SIZE / 2 + rng.uniform(-14, 14) for _ in range(2)]
    if relation in ("right of", "below"):
        near.reverse()
    places = (
        list(zip(near, across, strict=True))
        if relation in ("left of", "right of")
        else list(zip(across, near, strict=True))
    )
    items = tuple(
        Item(colour, rng.choice(SHAPES), x, y, size)
        for colour, (x, y), size in zip(colours, places, sizes, strict=True)
    )
    return Scene(background, items, relation=relation)


def outline(shape: str) -> list[Point]:
    """The corners of a shape within -1..1, y downwards; circles and rings are drawn otherwise."""
    if shape == "square":
        return [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]
    if shape == "triangle":
        return [(0, -0.95), (1, 0.85), (-1, 0.85)]
    if shape == "diamond":
        return [(0, -1), (0.8, 0), (0, 1), (-0.8, 0)]
    if shape == "cross":
        a, b = 0.36, 0.98
        return [
            (-a, -b),
            (a, -b),
            (a, -a),
            (b, -a),
            (b, a),
            (a, a),
            (a, b),
            (-a, b),
            (-a, a),
            (-b, a),
            (-b, -a),
            (-a, -a),
        ]
    if shape == "star":
        radii = [1.0, 0.42] * 5
        return [(r * math.sin(i * math.pi / 5), 0.08 - r * math.cos(i * math.pi / 5)) for i, r in enumerate(radii)]
    if shape == "heart":
        turns = [i * math.tau / 60 for i in range(60)]
        return [
            (math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16)
            for t in turns
        ]
    raise ValueError(f"no shape {shape!r} with corners; there are square, triangle, diamond, cross, star, heart")


def draw(scene: Scene, rng: random.Random | None = None) -> NDArray[np.uint8]:
    """The picture [128, 128, 3]; with `rng` every colour is off by a few units, as no two paints are the same."""
    scale = SUPERSAMPLING

    def paint(name: str) -> tuple[int, ...]:
        return tuple(min(255, max(0, c + (rng.randint(-8, 8) if rng else 0))) for c in COLOURS[name])

    background = paint(scene.background)
    canvas = Image.new("RGB", (SIZE * scale, SIZE * scale), background)
    pen = ImageDraw.Draw(canvas)
    for item in scene.items:
        _draw_item(pen, item, paint(item.colour), background)
    return np.asarray(canvas.resize((SIZE, SIZE), Image.Resampling.BOX))


def _draw_item(pen: ImageDraw.ImageDraw, item: Item, fill: tuple[int, ...], background: tuple[int, ...]) -> None:
    x, y, r = (v * SUPERSAMPLING for v in (item.x, item.y, item.across / 2))
    if item.shape in ("circle", "ring"):
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)
        if item.shape == "ring":
            inner = r * 0.55
            pen.ellipse((x - inner, y - inner, x + inner, y + inner), fill=background)
    else:
        pen.polygon([(x + px * r, y + py * r) for px, py in outline(item.shape)], fill=fill)
