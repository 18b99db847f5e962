"""Blend modes held to Pillow's channel operations and to the scalar formulas of the W3C recommendation."""

import importlib
from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image.blending import BLEND_MODES, lay_over
from PIL import Image as PillowImage
from PIL import ImageChops

QUICK = settings(max_examples=50, deadline=None)
UNIT = st.floats(0, 1, width=32)

CHOPS = {
    "multiply": ImageChops.multiply,
    "screen": ImageChops.screen,
    "overlay": ImageChops.overlay,
    "hard_light": ImageChops.hard_light,
    "darken": ImageChops.darker,
    "lighten": ImageChops.lighter,
    "difference": ImageChops.difference,
    "add": ImageChops.add,
    "subtract": ImageChops.subtract,
}


def mode_named(name: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    module, _, attribute = BLEND_MODES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def soft_light(base: float, top: float) -> float:
    if top <= 0.5:
        return base - (1 - 2 * top) * base * (1 - base)
    root = ((16 * base - 12) * base + 4) * base if base <= 0.25 else sqrt(base)
    return base + (2 * top - 1) * (root - base)


def color_dodge(base: float, top: float) -> float:
    if base == 0:
        return 0
    return 1 if top == 1 else min(1, base / (1 - top))


def color_burn(base: float, top: float) -> float:
    if base == 1:
        return 1
    return 0 if top == 0 else 1 - min(1, (1 - base) / top)


SCALARS: dict[str, Callable[[float, float], float]] = {
    "normal": lambda _, top: top,
    "exclusion": lambda base, top: base + top - 2 * base * top,
    "soft_light": soft_light,
    "color_dodge": color_dodge,
    "color_burn": color_burn,
}


def test_every_mode_has_a_reference_here() -> None:
    assert set(CHOPS) | set(SCALARS) == set(BLEND_MODES)


@pytest.mark.parametrize("name", CHOPS)
def test_agrees_with_pillow(name: str) -> None:
    values = np.arange(256, dtype=np.uint8)
    base, top = (np.ascontiguousarray(part) for part in np.meshgrid(values, values))
    theirs = np.asarray(CHOPS[name](PillowImage.fromarray(base), PillowImage.fromarray(top)))
    ours = mode_named(name)(np.float32(base / 255), np.float32(top / 255))
    assert np.abs(ours * 255 - theirs).max() <= 2.02  # Pillow's overlay splits at 127 and truncates


@pytest.mark.parametrize("name", SCALARS)
@QUICK
@given(base=st.integers(0, 1000), top=st.integers(0, 1000))
def test_agrees_with_the_formula(name: str, base: int, top: int) -> None:
    arrays = np.float32([base / 1000]), np.float32([top / 1000])
    assert mode_named(name)(*arrays)[0] == pytest.approx(SCALARS[name](base / 1000, top / 1000), abs=2e-4)


@pytest.mark.parametrize("name", BLEND_MODES)
@QUICK
@given(base=UNIT, top=UNIT)
def test_stays_within_range(name: str, base: float, top: float) -> None:
    value = mode_named(name)(np.float32([base]), np.float32([top]))[0]
    assert -1e-6 <= value <= 1 + 1e-6


def test_laying_over_agrees_with_alpha_composite() -> None:
    draw = np.random.default_rng(3)
    base, top = (draw.integers(0, 256, (16, 16, 4), dtype=np.uint8) for _ in range(2))
    theirs = np.asarray(PillowImage.alpha_composite(PillowImage.fromarray(base), PillowImage.fromarray(top)))
    below, above = (np.float32(part[None] / 255) for part in (base, top))
    ours = lay_over(below, above, above[..., :3], np.ones((1, 16, 16), dtype=np.float32))
    visible = theirs[..., 3] > 8
    assert np.abs(ours[0] * 255 - theirs)[visible].max() <= 2.0
    assert np.abs(ours[0, ..., 3] * 255 - theirs[..., 3]).max() <= 1.0


def test_nothing_over_nothing_keeps_the_colour_below() -> None:
    base = np.float32([[[[0.2, 0.4, 0.6, 0.0]]]])
    result = lay_over(base, base, base[..., :3], np.zeros((1, 1, 1), dtype=np.float32))
    assert np.array_equal(result, base)
