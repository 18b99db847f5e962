"""How the wire types are stored: tensors through numpy, the rest as JSON. Imports torch when used."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nodeflow import Encoded
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPipeline, DiffusersPrompt

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

WIDENED = "bfloat16"
"""numpy has none: stored as float32, which holds each of its values."""


class PipelineCodec:
    """Stores a `DiffusersPipeline`."""

    def encode(self, value: DiffusersPipeline) -> Encoded:
        return Encoded({}, asdict(value))

    def decode(self, encoded: Encoded) -> DiffusersPipeline:
        return DiffusersPipeline(**encoded.meta)


class PromptCodec:
    """Stores a `DiffusersPrompt`."""

    def encode(self, value: DiffusersPrompt) -> Encoded:
        dtypes = {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in value.tensors.items()}
        arrays = {name: array(tensor) for name, tensor in value.tensors.items()}
        return Encoded(arrays, {"class_name": value.class_name, "dtypes": dtypes})

    def decode(self, encoded: Encoded) -> DiffusersPrompt:
        dtypes = encoded.meta["dtypes"]
        tensors = {name: tensor(encoded.tensors[name], dtype) for name, dtype in dtypes.items()}
        return DiffusersPrompt(encoded.meta["class_name"], tensors)


class LatentCodec:
    """Stores a `DiffusersLatent`."""

    def encode(self, value: DiffusersLatent) -> Encoded:
        meta = {"class_name": value.class_name, "width": value.width, "height": value.height}
        return Encoded({"samples": array(value.samples)}, meta)

    def decode(self, encoded: Encoded) -> DiffusersLatent:
        return DiffusersLatent(samples=tensor(encoded.tensors["samples"], "float32"), **encoded.meta)


def array(value: Tensor) -> NDArray[Any]:
    """The array of a tensor; bfloat16 is widened."""
    plain = value.float() if str(value.dtype).endswith(WIDENED) else value
    return plain.detach().cpu().contiguous().numpy()


def tensor(value: NDArray[Any], dtype: str) -> Tensor:
    """The tensor of that type, in memory of its own."""
    import torch

    return torch.tensor(value, dtype=getattr(torch, dtype))
