"""A safetensors file, mapped into memory: shapes at once, tensors when wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nodeflow_diffusion.lib.refusal import CheckpointError, refuse_unreadable

Shape = tuple[int, ...]
FLOATS: Final = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_SLICE_BYTES = 32 * 2**20


@dataclass(frozen=True)
class TensorFile:
    """Raises CheckpointError, when first asked anything, for what is not a whole safetensors file."""

    path: Path

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of each tensor, in the order of the file's names."""
        return {name: shape for name, (shape, _) in self._entries.items()}

    @cached_property
    def metadata(self) -> Mapping[str, str]:
        with self._opened() as file:
            return dict(file.metadata() or {})

    def dtype(self, name: str) -> torch.dtype:
        """The type of a tensor. Raises CheckpointError for types that no network computes in."""
        found = self._entries[name][1]
        if found not in FLOATS:
            raise CheckpointError(
                f"{self.path.name!r} holds {name!r} as {found}; a checkpoint holds {', '.join(FLOATS)}, so convert it"
            )
        return FLOATS[found]

    def mapped(self, names: Iterable[str]) -> Iterator[tuple[str, Tensor]]:
        """Tensors that are views of the mapped file. Nothing is read before it is used."""
        with self._opened() as file:
            for name in names:
                yield name, file.get_tensor(name)

    def sliced(self, names: Iterable[str]) -> Iterator[tuple[str, Tensor]]:
        """The same, for tensors that are to be copied: opens the file anew every few of them.

        Pages that were read stay resident until the mapping goes, so one mapping would cost the file's size once more.
        """
        batch: list[str] = []
        for name in names:
            batch.append(name)
            if sum(map(self._bytes, batch)) > _SLICE_BYTES:
                yield from self.mapped(batch)
                batch = []
        yield from self.mapped(batch)

    def _bytes(self, name: str) -> int:
        shape, _ = self._entries[name]
        return torch.Size(shape).numel() * self.dtype(name).itemsize

    @cached_property
    def _entries(self) -> Mapping[str, tuple[Shape, str]]:
        with self._opened() as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return {name: (tuple(s.get_shape()), s.get_dtype()) for name, s in slices.items()}

    def _opened(self) -> safe_open:
        refuse_unreadable(self.path)
        try:
            return safe_open(self.path, framework="pt")
        except SafetensorError as error:
            raise CheckpointError(f"{self.path.name!r} is damaged ({error}); copy it again") from error
