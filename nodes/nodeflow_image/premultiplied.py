"""Filters on pictures with alpha work on colours weighted by opacity, so that what is transparent does not bleed."""

from collections.abc import Callable

import numpy as np

from nodeflow_image.shapes import Pixels, alpha_of, colour_of, has_alpha, join

OPAQUE_ENOUGH = 1e-6


def filtered(pixels: Pixels, change: Callable[[Pixels], Pixels]) -> Pixels:
    """`change`, a linear filter of [batch, height, width, channels], on a picture with or without alpha, cut to 0..1.

    With alpha the colours are filtered premultiplied, then divided again. Where the result is wholly transparent
    its colour is that of the plain filter, so that no hidden colour turns black.
    """
    if not has_alpha(pixels):
        return _cut(change(pixels))
    alpha = alpha_of(pixels)[..., None]
    changed = change(np.concatenate([colour_of(pixels) * alpha, alpha], axis=3))
    weighted, opacity = changed[..., :3], changed[..., 3:]
    plain = change(colour_of(pixels))
    visible = opacity > OPAQUE_ENOUGH
    colour = np.where(visible, weighted / np.where(visible, opacity, 1), plain)
    return join(_cut(colour), _cut(opacity[..., 0]))


def _cut(values: Pixels) -> Pixels:
    return np.clip(values, 0.0, 1.0).astype(np.float32, copy=False)
