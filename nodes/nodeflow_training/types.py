"""The wire types of training: data to learn from, as pictures and as a model sees them. Imports no torch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from nodeflow_diffusion.types import VAE, TextEncoder

if TYPE_CHECKING:
    from torch import Tensor

Crop = Literal["centre", "random"]


@dataclass(frozen=True)
class Example:
    """A picture file with its caption; its sides are in pixels, turned upright, and `size` is the file's in bytes."""

    path: str
    caption: str
    width: int
    height: int
    size: int = 0


@dataclass(frozen=True)
class Drawings:
    """Scenes that are drawn when they are wanted. `items` is 1 or 2, 0 for both in turn.

    `shapes`, `colours` and `backgrounds` limit what is drawn; none of them is no limit. `place` is that of a single
    item, None for all. With `held_out` they are of the combinations that other drawings never show.
    """

    count: int
    seed: int = 0
    items: int = 0
    held_out: bool = False
    shapes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    place: str | None = None


@dataclass(frozen=True)
class Dataset:
    """Captioned pictures to learn from, and how they are brought to size.

    `source` is files, or scenes to draw. `side` is that of a square picture in pixels; with `widest` above 1 pictures
    go to buckets of about that area, up to that ratio of their sides. `flip` mirrors every other view, `crop` says
    where what does not fit is cut, and `jitter` (0..1) changes brightness and contrast by as much at random.
    """

    source: tuple[Example, ...] | Drawings
    side: int = 128
    widest: float = 1.0
    multiple: int = 16
    flip: bool = False
    crop: Crop = "centre"
    jitter: float = 0.0

    def __len__(self) -> int:
        return self.source.count if isinstance(self.source, Drawings) else len(self.source)

    def with_source(self, source: tuple[Example, ...] | Drawings) -> "Dataset":
        return replace(self, source=source)


@dataclass(frozen=True, eq=False)
class Bucket:
    """Latents [N, C, h, w] in float16, and for each the number [N] of its picture in the dataset."""

    latents: "Tensor"
    rows: "Tensor"


@dataclass(frozen=True, eq=False)
class EncodedDataset:
    """A dataset as a diffusion model sees it: latents by bucket, captions, and what a text encoder made of them.

    `contexts` is [M, T, D] float16 and `pooled` [M, P] or None, one for each of `captions`, and a last one for the
    empty caption; both are None where captions are encoded as they are needed. `captions` is None for drawings, whose
    captions are worded anew each time. `recipe` tells apart what results depend on: the dataset, VAE, text encoder.
    """

    dataset: Dataset
    buckets: tuple[Bucket, ...]
    captions: tuple[str, ...] | None
    vae: VAE
    recipe: str
    text_encoder: TextEncoder | None = None
    contexts: "Tensor | None" = None
    pooled: "Tensor | None" = None

    def __len__(self) -> int:
        return sum(len(bucket.rows) for bucket in self.buckets)
