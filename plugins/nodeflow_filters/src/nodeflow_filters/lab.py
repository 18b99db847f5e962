"""Colours in CIE Lab, where equal distances look about equal."""

import numpy as np

from nodeflow_filters.pixels import Array


def to_lab(colours: Array) -> Array:
    """sRGB [..., 3], 0..1, as lightness 0..100, a and b, float64."""
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(colours.astype(np.float64)))


def from_lab(lab: Array) -> Array:
    """The inverse of `to_lab`; what sRGB cannot show is cut to 0..1."""
    from skimage.color import lab2rgb

    lightness = np.clip(lab[..., 0], 0, 100)
    # Beyond this b a colour would have less than no light in Z, which scikit-image warns of each time.
    blue = np.minimum(lab[..., 2], 199.99 * (lightness + 16) / 116)
    return np.asarray(lab2rgb(np.stack([lightness, lab[..., 1], blue], axis=-1)))
