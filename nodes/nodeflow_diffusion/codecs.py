"""How the wire types of diffusion are stored: tensors through numpy, the rest as JSON. Imports torch when used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter

from nodeflow import Encoded
from nodeflow_diffusion.types import Area, Conditioning, Entry, Latent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Recipe = TypeVar("Recipe")
Arrays = Mapping[str, "NDArray[Any]"]

WIDENED = "bfloat16"  # numpy has none: stored as float32, which holds every one of its values


class LatentCodec:
    """Stores a `Latent`."""

    def encode(self, value: Latent) -> Encoded:
        arrays, dtypes = packed([("samples", value.samples), ("noise_mask", value.noise_mask)])
        return Encoded(arrays, {"factor": value.factor, "dtypes": dtypes})

    def decode(self, encoded: Encoded) -> Latent:
        meta: Any = encoded.meta
        found = unpacked(encoded.tensors, meta["dtypes"])
        return Latent(found["samples"], found.get("noise_mask"), factor=meta["factor"])


class ConditioningCodec:
    """Stores a `Conditioning`, each tensor by the number of its entry and its name."""

    def encode(self, value: Conditioning) -> Encoded:
        named = [
            (f"{i}.{name}", getattr(entry, name))
            for i, entry in enumerate(value.entries)
            for name in ("context", "pooled", "mask")
        ]
        arrays, dtypes = packed(named)
        return Encoded(arrays, {"entries": [self.meta(entry) for entry in value.entries], "dtypes": dtypes})

    def meta(self, entry: Entry) -> dict[str, Any]:
        area = None if entry.area is None else asdict(entry.area)
        return {"area": area, "strength": entry.strength, "start": entry.start, "end": entry.end}

    def decode(self, encoded: Encoded) -> Conditioning:
        meta: Any = encoded.meta
        found = unpacked(encoded.tensors, meta["dtypes"])
        return Conditioning(tuple(self.entry(i, told, found) for i, told in enumerate(meta["entries"])))

    def entry(self, i: int, told: Mapping[str, Any], found: Mapping[str, Tensor]) -> Entry:
        return Entry(
            context=found[f"{i}.context"],
            pooled=found.get(f"{i}.pooled"),
            mask=found.get(f"{i}.mask"),
            **{**told, "area": None if told["area"] is None else Area(**told["area"])},
        )


class RecipeCodec(Generic[Recipe]):
    """Stores a recipe, which is a dataclass of plain values, as JSON alone."""

    def __init__(self, kind: type[Recipe]) -> None:
        self.kind = kind

    @cached_property
    def adapter(self) -> TypeAdapter[Recipe]:
        """Takes a millisecond to make, which whoever stores nothing is spared."""
        return TypeAdapter(self.kind)

    def encode(self, value: Recipe) -> Encoded:
        return Encoded({}, self.adapter.dump_python(value, mode="json"))

    def decode(self, encoded: Encoded) -> Recipe:
        return self.adapter.validate_python(encoded.meta)


def packed(named: Iterable[tuple[str, Tensor | None]]) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Tensors that are there as arrays, and the name of each one's type."""
    there = {name: tensor for name, tensor in named if tensor is not None}
    dtypes = {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in there.items()}
    plain = {name: tensor.float() if dtypes[name] == WIDENED else tensor for name, tensor in there.items()}
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in plain.items()}, dtypes


def unpacked(arrays: Arrays, dtypes: Mapping[str, str]) -> dict[str, Tensor]:
    """The inverse of `packed`. The tensors do not share the arrays' memory."""
    import torch

    return {name: torch.tensor(array, dtype=getattr(torch, dtypes[name])) for name, array in arrays.items()}
