"""A node that gives a picture the colours of another."""

from typing import Annotated, Literal

import numpy as np

from nodeflow import Context, Field, Image, Slider, node
from nodeflow_filters.lab import from_lab, to_lab
from nodeflow_filters.pixels import Array, recoloured

NARROWEST = 1e-6
"""The least spread, in Lab, that can be widened; below it a picture is of one tone."""


@node(category="image/color")
def match_colors(
    ctx: Context,
    image: Image,
    reference: Annotated[Image, Field(description="one for all, or one for each picture of the batch")],
    method: Annotated[
        Literal["mean_std", "histogram"],
        Field(description="mean and spread in Lab, or every tone of red, green and blue"),
    ] = "mean_std",
    strength: Annotated[float, Field(ge=0, le=1, description="0 leaves the picture as it is"), Slider(0.05)] = 1.0,
) -> Image:
    """Give a picture the colours of another: a row of pictures becomes one series, a pasted part fits in.

    `mean_std` moves and stretches the Lab values to the mean and spread of the reference's (after Reinhard et al.,
    2001); `histogram` gives each channel the distribution of the reference's. Alpha stays, and does not count.
    """
    match = _by_mean_std if method == "mean_std" else _by_histogram
    pictures, references = image.pixels, reference.pixels
    if len(references) not in (1, len(pictures)):
        raise ValueError(f"{len(references)} references for {len(pictures)} pictures; give one, or one for each")
    changed = []
    for done, picture in enumerate(pictures):
        ctx.progress(done, len(pictures))
        colours = picture[..., :3].astype(np.float64)
        matched = match(colours, references[done % len(references)][..., :3])
        changed.append(recoloured(picture, colours + (matched - colours) * strength))
    return Image(np.stack(changed))


def _by_mean_std(colours: Array, reference: Array) -> Array:
    ours, theirs = to_lab(colours), to_lab(reference)
    spread = ours.std(axis=(0, 1))
    stretch = np.where(spread > NARROWEST, theirs.std(axis=(0, 1)) / np.maximum(spread, NARROWEST), 1)
    return from_lab((ours - ours.mean(axis=(0, 1))) * stretch + theirs.mean(axis=(0, 1)))


def _by_histogram(colours: Array, reference: Array) -> Array:
    from skimage.exposure import match_histograms

    return np.asarray(match_histograms(colours, reference.astype(np.float64), channel_axis=-1))
