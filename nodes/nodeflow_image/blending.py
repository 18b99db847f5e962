"""Blend modes and the laying of one picture over another (W3C Compositing and Blending Level 1, section 10).

A mode is a function of two arrays of colours 0..1, the base below and the top above, that gives colours 0..1. A plugin
adds its own to the table `blend_modes`.
"""

import numpy as np

from nodeflow_image.shapes import Pixels, alpha_of, colour_of, has_alpha, join

TINY = 1e-6

BLEND_MODES: dict[str, str] = {
    name: f"nodeflow_image.blending:{name}"
    for name in (
        "normal",
        "multiply",
        "screen",
        "overlay",
        "darken",
        "lighten",
        "difference",
        "exclusion",
        "add",
        "subtract",
        "hard_light",
        "soft_light",
        "color_dodge",
        "color_burn",
    )
}


def normal(base: Pixels, top: Pixels) -> Pixels:  # noqa: ARG001
    """The top alone."""
    return top


def multiply(base: Pixels, top: Pixels) -> Pixels:
    """Darker: white leaves the base as it is, black makes black."""
    return base * top


def screen(base: Pixels, top: Pixels) -> Pixels:
    """Lighter: black leaves the base as it is, white makes white."""
    return base + top - base * top


def overlay(base: Pixels, top: Pixels) -> Pixels:
    """Multiply where the base is dark, screen where it is light."""
    return hard_light(top, base)


def darken(base: Pixels, top: Pixels) -> Pixels:
    """The darker of both, channel by channel."""
    return np.minimum(base, top)


def lighten(base: Pixels, top: Pixels) -> Pixels:
    """The lighter of both, channel by channel."""
    return np.maximum(base, top)


def difference(base: Pixels, top: Pixels) -> Pixels:
    """How far apart both are: black where they are equal."""
    return np.asarray(np.abs(base - top))


def exclusion(base: Pixels, top: Pixels) -> Pixels:
    """Like difference, softer in the middle."""
    return base + top - 2 * base * top


def add(base: Pixels, top: Pixels) -> Pixels:
    """The sum, cut at white."""
    return np.asarray(np.minimum(base + top, 1))


def subtract(base: Pixels, top: Pixels) -> Pixels:
    """The base less the top, cut at black."""
    return np.asarray(np.maximum(base - top, 0))


def hard_light(base: Pixels, top: Pixels) -> Pixels:
    """Multiply where the top is dark, screen where it is light."""
    return np.where(top <= 0.5, multiply(base, 2 * top), screen(base, 2 * top - 1))


def soft_light(base: Pixels, top: Pixels) -> Pixels:
    """Darker or lighter by the top, gently."""
    lifted = np.where(base <= 0.25, ((16 * base - 12) * base + 4) * base, np.sqrt(base))
    darker = base - (1 - 2 * top) * base * (1 - base)
    return np.where(top <= 0.5, darker, base + (2 * top - 1) * (lifted - base))


def color_dodge(base: Pixels, top: Pixels) -> Pixels:
    """The base brightened by the top."""
    quotient = np.minimum(1, base / np.maximum(1 - top, TINY))
    return np.where(base <= 0, 0, np.where(top >= 1, 1, quotient))


def color_burn(base: Pixels, top: Pixels) -> Pixels:
    """The base darkened by the top."""
    quotient = np.minimum(1, (1 - base) / np.maximum(top, TINY))
    return np.where(base >= 1, 1, np.where(top <= 0, 0, 1 - quotient))


def lay_over(base: Pixels, top: Pixels, blended: Pixels, strength: Pixels) -> Pixels:
    """Lay `top` over `base` where `strength` [batch, height, width] says how much, 0..1.

    `blended` is what the mode makes of both colours. The result has the channels of `base`: a base without alpha is
    opaque and stays so; with alpha, opacity adds up as `a + b - a b`.
    """
    cover = (alpha_of(top) * strength)[..., None]
    below, opacity = colour_of(base), alpha_of(base)[..., None]
    if not has_alpha(base):
        return np.clip(below + cover * (blended - below), 0, 1).astype(np.float32, copy=False)
    total = cover + opacity * (1 - cover)
    source = (1 - opacity) * colour_of(top) + opacity * blended
    ours = cover * source + (1 - cover) * opacity * below
    colour = np.where(total > TINY, ours / np.maximum(total, TINY), below)
    return join(np.clip(colour, 0, 1).astype(np.float32, copy=False), np.clip(total[..., 0], 0, 1))
