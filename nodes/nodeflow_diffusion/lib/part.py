"""One network's weights inside files: under which names they lie, and how they get into the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.tensor_file import Shape, TensorFile


@dataclass(frozen=True)
class Source:
    """A tensor of a file, or one of `of` equal slices along its first dimension."""

    name: str
    index: int = 0
    of: int = 1

    def shape(self, whole: Shape) -> Shape:
        return whole if self.of == 1 else (whole[0] // self.of, *whole[1:])

    def take(self, whole: Tensor) -> Tensor:
        return whole if self.of == 1 else whole.chunk(self.of)[self.index]


@dataclass(frozen=True)
class Form:
    """What a weight shall be like in memory. Without a dtype it keeps its own."""

    dtype: torch.dtype | None
    device: str
    channels_last: bool

    def has(self, dtype: torch.dtype, shape: Shape) -> bool:
        """Whether a contiguous weight on the CPU is like that already."""
        reordered = self.channels_last and len(shape) == 4 and shape[2:] != (1, 1)
        return self.device == "cpu" and self.dtype in (None, dtype) and not reordered

    def copied(self, weight: Tensor) -> Tensor:
        """The weight like that, in memory of its own."""
        memory = torch.channels_last if self.channels_last and weight.ndim == 4 else torch.contiguous_format
        return weight.to(self.device, self.dtype or weight.dtype, memory_format=memory, copy=True)


@dataclass(frozen=True)
class Part:
    """The weights of a network: the names that its state dict has, and where each comes from."""

    title: str
    file: TensorFile
    sources: Mapping[str, Source]

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        return {ours: source.shape(self.file.shapes[source.name]) for ours, source in self.sources.items()}

    def nbytes(self, dtype: torch.dtype | None = None) -> int:
        """Bytes that the weights take as `dtype`, else as stored."""
        types = {ours: dtype or self.file.dtype(source.name) for ours, source in self.sources.items()}
        return sum(torch.Size(self.shapes[ours]).numel() * kind.itemsize for ours, kind in types.items())

    def load(self, module: nn.Module, dtype: torch.dtype | None, device: str, *, channels_last: bool = False) -> None:
        """Gives a module built on the meta device its weights, as `dtype` on `device`, and freezes it.

        Weights that are already as wanted are mapped, not copied; others are copied one by one. Without a dtype they
        keep the file's. Raises CheckpointError if names or shapes are not the module's.
        """
        expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
        self._check(expected)
        state = dict(self._state(expected, Form(dtype, device, channels_last)))
        module.load_state_dict(state, strict=True, assign=True)
        module.eval().requires_grad_(requires_grad=False)

    def _state(self, shapes: Mapping[str, Shape], form: Form) -> Iterator[tuple[str, Tensor]]:
        """The state dict. What is copied is read apart from what stays mapped, so that its own mapping can go."""
        users: dict[str, list[str]] = {}
        for ours, source in self.sources.items():
            users.setdefault(source.name, []).append(ours)
        mapped: list[str] = []
        copied: list[str] = []
        for name, takers in users.items():
            (mapped if form.has(self.file.dtype(name), shapes[takers[0]]) else copied).append(name)
        for name, whole in self.file.mapped(mapped):
            for ours in users[name]:
                yield ours, self.sources[ours].take(whole).reshape(shapes[ours])
        for name, whole in self.file.sliced(copied):
            for ours in users[name]:
                yield ours, form.copied(self.sources[ours].take(whole).reshape(shapes[ours]))

    def _check(self, expected: Mapping[str, Shape]) -> None:
        missing = [name for name in expected if name not in self.shapes]
        unknown = [name for name in self.shapes if name not in expected]
        if missing or unknown:
            raise CheckpointError(
                f"the {self.title} in {self.file.path.name!r} is not built as expected: {len(missing)} tensors are "
                f"missing{_examples(missing)}, {len(unknown)} are unknown{_examples(unknown)}"
            )
        for name, shape in expected.items():
            if not _fits(self.shapes[name], shape):
                raise CheckpointError(
                    f"{self.sources[name].name!r} in {self.file.path.name!r} has shape {list(self.shapes[name])}; "
                    f"by the rest of the {self.title} it should have {list(shape)}"
                )


def _fits(found: Shape, expected: Shape) -> bool:
    """Equal but for trailing ones: a 1x1 convolution may be stored as a linear layer."""
    ones = (1,) * abs(len(expected) - len(found))
    return found + ones == expected if len(found) < len(expected) else found == expected + ones


def _examples(names: list[str]) -> str:
    return f" (such as {names[0]!r})" if names else ""
