"""Reads a picture of a drawn scene back: background, items, colours, shapes, places. No learnt parts."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from nodeflow_training.scenes import BACKGROUNDS, COLOURS, ITEM_COLOURS, SHAPES, Item, Scene, draw

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
SMALLEST_AREA = 150
TEMPLATE_SIZE = 40


@dataclass(frozen=True)
class Seen:
    """An item found in a picture; its centre in pixels."""

    colour: str
    shape: str
    x: float
    y: float


@dataclass(frozen=True)
class Verdict:
    """What of a scene a picture shows. Colours and shapes count only where the number of items is right."""

    background: bool
    count: bool
    colours: bool
    shapes: bool
    arrangement: bool

    @property
    def all_right(self) -> bool:
        return self.background and self.count and self.colours and self.shapes and self.arrangement


def check(picture: Picture, scene: Scene) -> Verdict:
    """Holds a picture [128, 128, 3] of 0..255 against the scene its caption described."""
    background, seen = read(picture)
    pairs = _matched(seen, scene.items)
    count = len(seen) == len(scene.items)
    return Verdict(
        background=background == scene.background,
        count=count,
        colours=count and all(s.colour == item.colour for s, item in pairs),
        shapes=count and all(s.shape == item.shape for s, item in pairs),
        arrangement=count and _arranged([s for s, _ in pairs], scene),
    )


def read(picture: Picture) -> tuple[str, list[Seen]]:
    """The background's colour name, and the items."""
    border = np.concatenate([picture[:4].reshape(-1, 3), picture[-4:].reshape(-1, 3)])
    ground = np.median(border, axis=0)
    distance = np.linalg.norm(picture.astype(np.float32) - ground, axis=-1)
    labels, count = ndimage.label(ndimage.binary_opening(distance > 55, iterations=1))
    masks = [labels == label for label in range(1, count + 1)]
    seen = [_seen(picture, mask) for mask in masks if mask.sum() >= SMALLEST_AREA]
    return _nearest(ground, BACKGROUNDS), seen


def _seen(picture: Picture, mask: Mask) -> Seen:
    inside = ndimage.binary_erosion(mask, iterations=3)
    colour = np.median(picture[inside if inside.sum() > 20 else mask], axis=0)
    rows, columns = np.nonzero(mask)
    return Seen(_nearest(colour, ITEM_COLOURS), _shape(mask), float(columns.mean()), float(rows.mean()))


def _nearest(colour: NDArray[np.floating], names: tuple[str, ...]) -> str:
    return min(names, key=lambda name: float(np.linalg.norm(colour - np.array(COLOURS[name]))))


def _shape(mask: Mask) -> str:
    found = _normalised(mask)
    return max(SHAPES, key=lambda shape: _overlap(found, _templates()[shape]))


def _overlap(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / (a | b).sum())


def _normalised(mask: Mask) -> Mask:
    rows, columns = np.nonzero(mask)
    box = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    resized = Image.fromarray(box.astype(np.uint8) * 255).resize(
        (TEMPLATE_SIZE, TEMPLATE_SIZE), Image.Resampling.BILINEAR
    )
    return np.asarray(resized) > 127


@functools.cache
def _templates() -> dict[str, Mask]:
    scenes = {shape: Scene("black", (Item("white", shape, 64, 64, 80),)) for shape in SHAPES}
    return {shape: _normalised(draw(scene)[..., 0] > 127) for shape, scene in scenes.items()}


def _matched(seen: list[Seen], items: tuple[Item, ...]) -> list[tuple[Seen, Item]]:
    """Each item with what was seen of it: in two-item pictures the pairing with more right colours and shapes."""
    if len(seen) != 2 or len(items) != 2:
        return list(zip(seen, items, strict=False))

    orders = [seen, seen[::-1]]
    right = [
        sum((s.colour == i.colour) * 2 + (s.shape == i.shape) for s, i in zip(order, items, strict=True))
        for order in orders
    ]
    return list(zip(orders[right[1] > right[0]], items, strict=True))


def _arranged(seen: list[Seen], scene: Scene) -> bool:
    if len(seen) == 2:
        dx, dy = seen[0].x - seen[1].x, seen[0].y - seen[1].y
        return {"left of": dx < -15, "right of": dx > 15, "above": dy < -15, "below": dy > 15}[
            scene.relation or "above"
        ]
    dx, dy = seen[0].x - 64, seen[0].y - 64
    return {
        "left": dx < -12 and abs(dy) < 22,
        "right": dx > 12 and abs(dy) < 22,
        "top": dy < -12 and abs(dx) < 22,
        "bottom": dy > 12 and abs(dx) < 22,
        "middle": abs(dx) < 16 and abs(dy) < 16,
        None: True,
    }[scene.place]
