"""The wire types of diffusion: latents, conditionings, and recipes for models. Imports no torch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

Recipe = TypeVar("Recipe", "Denoiser", "TextEncoder")


@dataclass(frozen=True, eq=False)
class Latent:
    """Pictures in the U-Net's scale.

    `samples` is [B, C, h, w], float32 on the CPU; a position stands for `factor` by `factor` pixels. `noise_mask`,
    [B or 1, 1, h, w] in 0..1, is where sampling may change the latent (1) and where it may not (0); None is everywhere.
    Raises ValueError for other shapes and types. Nobody writes to the tensors of a latent: they are shared.
    """

    samples: "Tensor"
    noise_mask: "Tensor | None" = None
    factor: int = 8

    def __post_init__(self) -> None:
        if self.samples.ndim != 4:
            raise ValueError(f"samples of shape {list(self.samples.shape)}: must be [batch, channels, height, width]")
        _check_stored(self.samples, "samples")
        if self.noise_mask is not None:
            _check_stored(self.noise_mask, "noise_mask")
            shape, (batch, _, *size) = list(self.noise_mask.shape), self.samples.shape
            if shape not in ([1, 1, *size], [batch, 1, *size]):
                raise ValueError(f"noise_mask of shape {shape}: must be [1 or {batch}, 1, {size[0]}, {size[1]}]")
        if self.factor < 1:
            raise ValueError(f"factor {self.factor!r}: must be at least 1 pixel a position")

    @property
    def batch(self) -> int:
        """How many pictures there are."""
        return self.samples.shape[0]

    @property
    def channels(self) -> int:
        return self.samples.shape[1]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.samples.shape[3] * self.factor

    @property
    def height(self) -> int:
        """In pixels."""
        return self.samples.shape[2] * self.factor

    def __str__(self) -> str:
        return f"latent of {self.batch} x {self.channels} channels, {self.width} x {self.height} pixels"


def _check_stored(tensor: "Tensor", name: str) -> None:
    if str(tensor.dtype) != "torch.float32" or tensor.device.type != "cpu":
        raise ValueError(f"{name} in {tensor.dtype} on {tensor.device}: must be torch.float32 on the CPU")


@dataclass(frozen=True)
class Area:
    """A part of the picture, in pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Entry:
    """One encoded text, with the place and the time it holds for.

    `context` is [1, T, D] and `pooled` [1, P] or None, on the CPU. `area` limits it to a rectangle, which is then all
    the U-Net sees; `mask` [b, H, W] in 0..1, at any size, weighs the positions of the whole picture. `strength` (>= 0)
    is its weight against other entries at the same place. It holds from `start` to `end`, fractions of the way from
    pure noise (0) to the picture (1).
    """

    context: "Tensor"
    pooled: "Tensor | None" = None
    area: Area | None = None
    mask: "Tensor | None" = None
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if self.context.ndim != 3:
            raise ValueError(f"context of shape {list(self.context.shape)}: must be [1, tokens, width]")
        if not self.strength >= 0:
            raise ValueError(f"strength {self.strength!r}: must be at least 0")
        if not 0 <= self.start <= self.end <= 1:
            raise ValueError(f"start {self.start!r} and end {self.end!r}: must be 0 <= start <= end <= 1")


@dataclass(frozen=True, eq=False)
class Conditioning:
    """What a picture is to show: one entry or more, which hold together."""

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("a conditioning of no entries: must have at least one")


@dataclass(frozen=True)
class ModelFile:
    """A file of weights: the folder kind and name it is found by, and what it must hold."""

    kind: str
    name: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name!r} of {self.kind!r}"


@dataclass(frozen=True)
class Patch:
    """A change to weights, made when they are loaded: `method` names it in the table `patches`."""

    method: str
    file: ModelFile
    strength: float = 1.0


@dataclass(frozen=True)
class Denoiser:
    """A recipe for a U-Net and its noise levels. `prediction` overrules what the file says of it."""

    file: ModelFile
    patches: tuple[Patch, ...] = ()
    prediction: Literal["epsilon", "v"] | None = None


@dataclass(frozen=True)
class TextEncoder:
    """A recipe for a text encoder and its tokenizer.

    `last_layer` counts from the end, -1 is the last; None is the one that the U-Net was trained with.
    """

    file: ModelFile
    patches: tuple[Patch, ...] = ()
    last_layer: int | None = None


@dataclass(frozen=True)
class VAE:
    """A recipe for a VAE: pictures to latents and back."""

    file: ModelFile


def patched(recipe: Recipe, patch: Patch) -> Recipe:
    """The recipe with one more patch, made after those it has."""
    return replace(recipe, patches=(*recipe.patches, patch))
