"""The hooks of the image pack: its nodes, its converters, its blend modes and its sample pictures."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from nodeflow import Node, hookimpl
from nodeflow.folders import ModelFolder
from nodeflow_image import adjust, alpha, batches, create, layers, load, masks, save, transform
from nodeflow_image.blending import BLEND_MODES

NODES: tuple[type[Node], ...] = (
    load.load_image,
    load.load_image_mask,
    save.SaveImage,
    save.PreviewImage,
    create.empty_image,
    transform.image_size,
    transform.resize_image,
    transform.scale_image,
    transform.crop_image,
    transform.pad_image,
    transform.flip_image,
    transform.rotate_image,
    adjust.invert_image,
    adjust.adjust_image,
    adjust.blur_image,
    adjust.sharpen_image,
    layers.BlendImages,
    layers.composite_image,
    batches.image_batch,
    batches.get_from_batch,
    alpha.join_alpha,
    alpha.split_alpha,
    alpha.image_to_mask,
    alpha.mask_to_image,
    alpha.mask_from_color,
    create.solid_mask,
    create.rectangle_mask,
    create.ellipse_mask,
    masks.invert_mask,
    masks.grow_mask,
    masks.feather_mask,
    masks.threshold_mask,
    masks.combine_masks,
    masks.resize_mask,
)


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Every node of the pack."""
    return NODES


@hookimpl
def nodeflow_converters() -> Iterable[type[Node]]:
    """Between pictures and masks."""
    return (alpha.image_to_mask, alpha.mask_to_image)


@hookimpl
def nodeflow_choices() -> Mapping[str, Mapping[str, object]]:
    """The blend modes, in a table that other plugins may add to."""
    return {"blend_modes": BLEND_MODES}


@hookimpl
def nodeflow_model_folders() -> Iterable[ModelFolder]:
    """The sample pictures, for LoadImage."""
    return (ModelFolder("images", Path(__file__).parent / "samples", owner="image"),)
