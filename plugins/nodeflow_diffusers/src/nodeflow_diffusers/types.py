"""What links between these nodes carry. Importing this imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class DiffusersPipeline:
    """A recipe: which folder to load a pipeline from. `sha256` is of its content, `class_name` that of the pipeline."""

    name: str
    sha256: str
    class_name: str

    def __str__(self) -> str:
        return f"{self.name!r}, a {self.class_name}"


@dataclass(frozen=True, eq=False)
class DiffusersPrompt:
    """An encoded prompt: the tensors that a pipeline of `class_name` takes instead of text, by the argument's name."""

    class_name: str
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class DiffusersLatent:
    """Pictures as the denoiser of a pipeline of `class_name` leaves them: `samples` is float32 on the CPU, scaled and,
    for Flux and its like, packed as in the pipeline; `width` and `height` are the pictures', in pixels."""

    class_name: str
    samples: Tensor
    width: int
    height: int
