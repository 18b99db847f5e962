"""How the wire types of training are stored: tensors through numpy, the rest as JSON. Imports torch when used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nodeflow_diffusion.types import VAE, TextEncoder
from pydantic import TypeAdapter

from nodeflow import Encoded
from nodeflow_training.types import Bucket, Dataset, EncodedDataset

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class DatasetCodec:
    """Stores a `Dataset`, which is plain values."""

    def encode(self, value: Dataset) -> Encoded:
        return Encoded({}, TypeAdapter(Dataset).dump_python(value, mode="json"))

    def decode(self, encoded: Encoded) -> Dataset:
        return TypeAdapter(Dataset).validate_python(encoded.meta)


@dataclass(frozen=True)
class EncodedMeta:
    """What of an `EncodedDataset` is no tensor."""

    dataset: Dataset
    captions: tuple[str, ...] | None
    vae: VAE
    recipe: str
    text_encoder: TextEncoder | None
    buckets: int


class EncodedDatasetCodec:
    """Stores an `EncodedDataset`."""

    def encode(self, value: EncodedDataset) -> Encoded:
        arrays: dict[str, NDArray[Any]] = {}
        for i, bucket in enumerate(value.buckets):
            arrays |= {f"latents.{i}": bucket.latents.numpy(), f"rows.{i}": bucket.rows.numpy()}
        arrays |= {name: t.numpy() for name in ("contexts", "pooled") if (t := getattr(value, name)) is not None}
        meta = EncodedMeta(
            value.dataset, value.captions, value.vae, value.recipe, value.text_encoder, len(value.buckets)
        )
        return Encoded(arrays, TypeAdapter(EncodedMeta).dump_python(meta, mode="json"))

    def decode(self, encoded: Encoded) -> EncodedDataset:
        meta = TypeAdapter(EncodedMeta).validate_python(encoded.meta)
        tensors = {name: _tensor(array) for name, array in encoded.tensors.items()}
        return EncodedDataset(
            meta.dataset,
            tuple(Bucket(tensors[f"latents.{i}"], tensors[f"rows.{i}"]) for i in range(meta.buckets)),
            meta.captions,
            meta.vae,
            meta.recipe,
            meta.text_encoder,
            tensors.get("contexts"),
            tensors.get("pooled"),
        )


def _tensor(array: NDArray[Any]) -> Tensor:
    """A tensor of its own memory."""
    import torch

    return torch.tensor(array)
