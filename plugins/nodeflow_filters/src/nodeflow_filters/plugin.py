"""What the plugin brings: its nodes, and the libraries that their results depend on."""

import importlib.metadata
from collections.abc import Iterable, Mapping

from nodeflow import Node, hookimpl
from nodeflow_filters import edges, grain, matching, morphology, reduction, selection, smoothing, tones

NODES: tuple[type[Node], ...] = (
    smoothing.box_blur,
    smoothing.motion_blur,
    smoothing.median_filter,
    smoothing.bilateral_filter,
    tones.levels,
    tones.auto_levels,
    tones.equalize_contrast,
    edges.canny_edges,
    edges.sobel_edges,
    matching.match_colors,
    reduction.posterize,
    reduction.dither_image,
    reduction.reduce_colors,
    morphology.morph_image,
    morphology.morph_mask,
    selection.auto_threshold,
    selection.clean_mask,
    grain.add_grain,
)


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Every node of the plugin."""
    return NODES


@hookimpl
def nodeflow_environment(settings: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG001
    """The versions that a result may differ by."""
    return {name: importlib.metadata.version(name) for name in ("pillow", "scikit-image", "scipy")}
