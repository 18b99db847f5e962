"""Pictures to begin with: as a pipeline takes them, and the pipeline that does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoPipelineForImage2Image
from torch import Tensor

from nodeflow_diffusers.folder import PipelineError
from nodeflow_diffusers.parts import quiet

if TYPE_CHECKING:
    from nodeflow import Image


def of_pictures(pipeline: Any) -> Any:
    """The pipeline of the same parts that begins with a picture. Raises PipelineError where diffusers has none."""
    try:
        with quiet():
            made = AutoPipelineForImage2Image.from_pipe(pipeline)
    except (ValueError, TypeError) as error:
        raise PipelineError(
            f"diffusers has no {type(pipeline).__name__} that begins with a picture: {error}"
        ) from error
    made.set_progress_bar_config(disable=True)
    return made


def tensor(image: Image, batch: int) -> Tensor:
    """Float32 [batch, 3, height, width], 0..1: of a batch of pictures as many as asked for, of one that one for each.

    Raises ValueError for another number of pictures.
    """
    pixels = torch.from_numpy(image.pixels[..., :3].copy()).movedim(-1, 1)
    if len(pixels) not in (1, batch):
        raise ValueError(
            f"there are {len(pixels)} pictures to begin with, and {batch} to be made; give one, or {batch}"
        )
    return pixels.expand(batch, -1, -1, -1).contiguous()


def size(image: Image, arguments: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in pixels. Raises ValueError for an argument that says otherwise."""
    height, width = image.pixels.shape[1:3]
    for name, side in (("width", width), ("height", height)):
        if arguments.get(name, side) != side:
            raise ValueError(f"{name} is {arguments[name]}, and the picture to begin with has {side}; leave it open")
    return width, height
