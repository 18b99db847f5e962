"""Nodes that put latents into batches, and take them out again.

Noise is drawn for a whole batch at once, so a picture of a batch is not the one that its latent gives by itself with
the same seed.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from nodeflow import Field, node
from nodeflow_diffusion.types import Latent

if TYPE_CHECKING:
    from torch import Tensor

CATEGORY = "latent/batch"

Times = Annotated[int, Field(ge=1, le=4096)]
Index = Annotated[int, Field(ge=0, le=4095, description="of the first one, counted from 0")]
Length = Annotated[int, Field(ge=1, le=4096)]


@node(category=CATEGORY)
def latent_batch(first: Latent, second: Latent) -> Latent:
    """Two batches of latents of one size as one: the first, then the second."""
    import torch

    check_alike(first, second)
    mask = None
    if first.noise_mask is not None or second.noise_mask is not None:
        mask = torch.cat([full_mask(first), full_mask(second)])
    return replace(first, samples=torch.cat([first.samples, second.samples]), noise_mask=mask)


@node(category=CATEGORY)
def repeat_latent(latent: Latent, times: Times = 1) -> Latent:
    """A batch over and over: a, b, a, b. Sampling gives each repetition noise of its own."""
    mask = latent.noise_mask
    if mask is not None and len(mask) > 1:
        mask = mask.repeat(times, 1, 1, 1)
    return replace(latent, samples=latent.samples.repeat(times, 1, 1, 1), noise_mask=mask)


@node(category=CATEGORY)
def latent_from_batch(latent: Latent, index: Index = 0, length: Length = 1) -> Latent:
    """Some latents of a batch. They must all be there."""
    end = index + length
    if end > latent.batch:
        raise ValueError(
            f"index {index!r} and length {length!r}: the batch holds {latent.batch}, "
            f"so index + length must be at most {latent.batch}"
        )
    mask = latent.noise_mask
    if mask is not None and len(mask) > 1:
        mask = mask[index:end].clone()
    return replace(latent, samples=latent.samples[index:end].clone(), noise_mask=mask)


def full_mask(latent: Latent) -> "Tensor":
    """The noise mask [B, 1, h, w], of ones where the latent has none."""
    batch, _, height, width = latent.samples.shape
    if latent.noise_mask is None:
        return latent.samples.new_ones(batch, 1, height, width)
    return latent.noise_mask.expand(batch, 1, height, width)


def check_kind(first: Latent, second: Latent) -> None:
    """Raise ValueError unless both latents belong to VAEs of one kind: channels and pixels a position."""
    if (first.channels, first.factor) != (second.channels, second.factor):
        raise ValueError(
            f"a latent of {first.channels} channels and {first.factor} pixels a position does not go with one of "
            f"{second.channels} channels and {second.factor} pixels; make both with one VAE"
        )


def check_alike(first: Latent, second: Latent) -> None:
    """Raise ValueError unless both latents are of one kind and one size."""
    check_kind(first, second)
    if (first.width, first.height) != (second.width, second.height):
        raise ValueError(
            f"latents of {first.width} x {first.height} and {second.width} x {second.height} pixels: sizes must be "
            "equal; bring one to the size of the other with UpscaleLatent or CropLatent"
        )


def shared_batch(first: int, second: int) -> int:
    """The batch of two that are joined: they are equal, or one is 1 and goes with each. Raises ValueError else."""
    if first != second and 1 not in (first, second):
        raise ValueError(f"batches of {first} and {second}: must be equal, or one of them 1")
    return max(first, second)
