"""Nodes that combine conditionings and say where and when they hold."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from nodeflow import Field, Mask, node
from nodeflow_diffusion.types import Area, Conditioning, Entry

CATEGORY = "conditioning"

Strength = Annotated[float, Field(ge=0, le=10, description="weight against other conditionings at the same place")]
Side = Annotated[int, Field(ge=16, le=16384, description="pixels")]
Offset = Annotated[int, Field(ge=0, le=16384, description="pixels")]
Moment = Annotated[float, Field(ge=0, le=1, description="0 is pure noise, 1 the finished picture")]
Factor = Annotated[float, Field(ge=0, le=1, description="0 gives the first, 1 the second")]


@node(category=CATEGORY)
def combine_conditioning(first: Conditioning, second: Conditioning) -> Conditioning:
    """Two conditionings at once: what they make of the picture is averaged, by strength, area and mask."""
    return Conditioning(first.entries + second.entries)


@node(category=CATEGORY)
def average_conditioning(first: Conditioning, second: Conditioning, factor: Factor = 0.5) -> Conditioning:
    """Mix two prompts token by token: first * (1 - factor) + second * factor; the shorter is filled up with zeros.

    The second must be a single prompt; each prompt of the first is mixed with it and keeps its place and time.
    """
    other = single(second)
    return each(first, lambda entry: mixed(entry, other, factor))


def mixed(first: Entry, second: Entry, factor: float) -> Entry:
    """The first with its context and pooled vector mixed; one that has no pooled vector goes without."""
    from torch.nn import functional

    check_widths(first, second)
    length = max(first.context.shape[1], second.context.shape[1])
    a, b = (functional.pad(e.context, (0, 0, 0, length - e.context.shape[1])) for e in (first, second))
    pooled = first.pooled
    if pooled is not None and second.pooled is not None:
        pooled = pooled * (1 - factor) + second.pooled * factor
    return replace(first, context=a * (1 - factor) + b * factor, pooled=pooled)


@node(category=CATEGORY)
def concat_conditioning(first: Conditioning, second: Conditioning) -> Conditioning:
    """One prompt behind the other, as if they were one long prompt. The second must be a single prompt.

    Each prompt of the first keeps its place, its time and its pooled vector.
    """
    other = single(second)
    return each(first, lambda entry: joined(entry, other))


def joined(first: Entry, second: Entry) -> Entry:
    """The first, with the tokens of the second behind its own."""
    import torch

    check_widths(first, second)
    return replace(first, context=torch.cat([first.context, second.context], dim=1))


@node(category=CATEGORY)
def set_conditioning_area(
    conditioning: Conditioning,
    *,
    x: Offset = 0,
    y: Offset = 0,
    width: Side = 64,
    height: Side = 64,
    strength: Strength = 1.0,
) -> Conditioning:
    """Limit a conditioning to a rectangle of the picture: the model sees that part alone.

    What is outside of the picture is cut off. All four numbers must be multiples of the pixels that a position of the
    latent stands for: 8 for Stable Diffusion.
    """
    area = Area(x, y, width, height)
    return each(conditioning, lambda entry: replace(entry, area=area, strength=strength))


@node(category=CATEGORY)
def set_conditioning_mask(conditioning: Conditioning, mask: Mask, strength: Strength = 1.0) -> Conditioning:
    """Let a conditioning hold where the mask is, while the model sees the whole picture.

    The mask is resized to the latent, so it may have any size. It is one for all, or one for each picture of the batch.
    """
    from nodeflow_diffusion import tensors

    values = tensors.mask(mask)[:, 0]
    return each(conditioning, lambda entry: replace(entry, mask=values, strength=strength))


@node(category=CATEGORY)
def set_conditioning_timestep_range(conditioning: Conditioning, start: Moment = 0.0, end: Moment = 1.0) -> Conditioning:
    """Let a conditioning hold for a part of the way from noise to picture, in fractions of the trained timesteps.

    Where no conditioning of a side holds, the other side stands in; sampling fails where neither does.
    """
    if start > end:
        raise ValueError(f"start {start!r} and end {end!r}: start must not be after end")
    return each(conditioning, lambda entry: replace(entry, start=start, end=end))


@node(category=CATEGORY)
def zero_out_conditioning(conditioning: Conditioning) -> Conditioning:
    """Replace what a text says by zeros: no text at all, where an empty prompt still is one."""
    return each(conditioning, zeroed)


def zeroed(entry: Entry) -> Entry:
    """The entry with zeros for its context and its pooled vector."""
    pooled = None if entry.pooled is None else entry.pooled.new_zeros(entry.pooled.shape)
    return replace(entry, context=entry.context.new_zeros(entry.context.shape), pooled=pooled)


def each(conditioning: Conditioning, change: Callable[[Entry], Entry]) -> Conditioning:
    """The conditioning with every entry changed."""
    return Conditioning(tuple(change(entry) for entry in conditioning.entries))


def single(conditioning: Conditioning) -> Entry:
    """The one entry of a conditioning. Raises ValueError if there are more."""
    if len(conditioning.entries) != 1:
        raise ValueError(
            f"the second conditioning combines {len(conditioning.entries)} prompts: must be a single one; "
            "combine conditionings after they are averaged or joined"
        )
    return conditioning.entries[0]


def check_widths(first: Entry, second: Entry) -> None:
    """Raise ValueError unless both come from text encoders of one width."""
    if first.context.shape[2] != second.context.shape[2]:
        raise ValueError(
            f"prompts that are {first.context.shape[2]} and {second.context.shape[2]} wide: "
            "must be encoded by one text encoder"
        )
