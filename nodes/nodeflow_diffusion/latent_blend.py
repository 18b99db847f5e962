"""Nodes that mix latents, all over or in a place."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from nodeflow import Field, Mask, node
from nodeflow_diffusion.grid import positions
from nodeflow_diffusion.latent_batch import check_alike, check_kind, shared_batch
from nodeflow_diffusion.types import Latent

if TYPE_CHECKING:
    from torch import Tensor

CATEGORY = "latent"

Factor = Annotated[float, Field(ge=0, le=1, description="0 gives the base, 1 the top")]
Place = Annotated[int, Field(ge=-16384, le=16384, description="pixels")]
Feather = Annotated[int, Field(ge=0, le=16384, description="pixels")]


@node(category=CATEGORY)
def blend_latents(base: Latent, top: Latent, factor: Factor = 0.5) -> Latent:
    """Mix two latents of one size: base * (1 - factor) + top * factor. The noise mask is the base's.

    Batches must be equal, or one of them 1.
    """
    check_alike(base, top)
    shared_batch(base.batch, top.batch)
    return replace(base, samples=base.samples * (1 - factor) + top.samples * factor)


@node(category=CATEGORY)
def composite_latent(
    base: Latent, top: Latent, *, x: Place = 0, y: Place = 0, feather: Feather = 0, mask: Mask | None = None
) -> Latent:
    """Lay one latent over another, with its top left corner at x, y; what lies outside of the base is cut off.

    x and y must be multiples of the pixels a position stands for. Over `feather` pixels the top fades in from those of
    its edges that lie inside the base. The mask, resized to the top, says how much of it is seen. The noise mask is the
    base's. Batches, also of masks, must be equal, or 1.
    """
    check_kind(base, top)
    batch = shared_batch(shared_batch(base.batch, top.batch), 1 if mask is None else len(mask.values))
    across = Overlap(positions(x, base.factor, "x"), base.samples.shape[3], top.samples.shape[3])
    down = Overlap(positions(y, base.factor, "y"), base.samples.shape[2], top.samples.shape[2])
    if across.length < 1 or down.length < 1:
        raise ValueError(f"x {x!r} and y {y!r}: the top lies outside of the base, a {base}")
    weight = seen(top, mask) * across.ramp(top, feather) * down.ramp(top, feather)[:, None]
    samples = base.samples.expand(batch, -1, -1, -1).clone()
    under = samples[..., down.base, across.base]
    under += weight[..., down.top, across.top] * (top.samples[..., down.top, across.top] - under)
    return replace(base, samples=samples)


def seen(top: Latent, mask: Mask | None) -> "Tensor":
    """How much of the top is seen by the mask, [B or 1, 1, h, w]."""
    from nodeflow_diffusion import tensors

    height, width = top.samples.shape[-2:]
    if mask is None:
        return top.samples.new_ones(1, 1, height, width)
    return tensors.resized_mask(tensors.mask(mask), height, width)


@dataclass(frozen=True)
class Overlap:
    """Along one side, in positions: where the top begins in the base, and how long both are."""

    start: int
    base_length: int
    top_length: int

    @property
    def base(self) -> slice:
        """What they have in common, in the base."""
        return slice(max(self.start, 0), min(self.start + self.top_length, self.base_length))

    @property
    def top(self) -> slice:
        """What they have in common, in the top."""
        return slice(self.base.start - self.start, self.base.stop - self.start)

    @property
    def length(self) -> int:
        return int(self.base.stop - self.base.start)

    def ramp(self, top: Latent, feather: int) -> "Tensor":
        """[length of the top]: rising from its edges inside the base, by how far the positions' middles are in."""
        ramp = top.samples.new_ones(self.top_length)
        middles = (ramp.cumsum(0) - 0.5) * top.factor
        if feather and self.start > 0:
            ramp = ramp * (middles / feather).clamp(max=1)
        if feather and self.start + self.top_length < self.base_length:
            ramp = ramp * (middles.flip(0) / feather).clamp(max=1)
        return ramp
