"""Resampling of float pictures, by Pillow's filters, which widen when shrinking so that nothing aliases."""

from typing import Literal

import numpy as np

from nodeflow_image.premultiplied import filtered
from nodeflow_image.shapes import Pixels

Method = Literal["nearest", "bilinear", "bicubic", "lanczos", "area"]
Crop = Literal["none", "center"]
Box = tuple[float, float, float, float]

FILTERS: dict[Method, str] = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "lanczos": "LANCZOS",
    "area": "BOX",
}
"""What Pillow calls them."""


def resize(pixels: Pixels, width: int, height: int, method: Method, crop: Crop = "none") -> Pixels:
    """Pixels [batch, height, width, channels] at another size, cut to 0..1 (bicubic and lanczos overshoot).

    `crop="center"` first cuts the largest centred part that has the new shape, so that nothing is stretched.
    The same size without a cut is the very same array.
    """
    if pixels.shape[1:3] == (height, width):
        return pixels
    box = _centred(pixels, width, height) if crop == "center" else (0.0, 0.0, pixels.shape[2], pixels.shape[1])
    if method == "nearest":  # picks whole pixels: premultiplying would only cost precision
        return _planes(pixels, width, height, method, box)
    return filtered(pixels, lambda part: _planes(part, width, height, method, box))


def _centred(pixels: Pixels, width: int, height: int) -> Box:
    """The largest centred part (left, top, right, bottom) with the shape of width x height."""
    old_height, old_width = pixels.shape[1:3]
    scale = min(old_width / width, old_height / height)
    left, top = (old_width - width * scale) / 2, (old_height - height * scale) / 2
    return left, top, min(old_width, left + width * scale), min(old_height, top + height * scale)


def _planes(pixels: Pixels, width: int, height: int, method: Method, box: Box) -> Pixels:
    # Nodes that resize are declared with this module: Pillow is not there before they run.
    from PIL import Image as PillowImage

    resampling = PillowImage.Resampling[FILTERS[method]]
    result = np.empty((pixels.shape[0], height, width, pixels.shape[3]), dtype=np.float32)
    for picture, channel in np.ndindex(pixels.shape[0], pixels.shape[3]):
        plane = PillowImage.fromarray(np.ascontiguousarray(pixels[picture, :, :, channel]))
        result[picture, :, :, channel] = np.asarray(plane.resize((width, height), resampling, box=box))
    return result
