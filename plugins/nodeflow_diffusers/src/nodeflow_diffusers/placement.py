"""Where pipelines run: device and number type, decided in one place. Importing this imports no torch."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nodeflow.errors import ConfigError

if TYPE_CHECKING:
    import torch

DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of a number."""
SHORT = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
DEVICES = ("cpu", "cuda", "mps")


@dataclass(frozen=True)
class Placement:
    """A device and the type that networks compute in there."""

    device: str
    dtype: str

    @property
    def torch_dtype(self) -> torch.dtype:
        import torch

        found: torch.dtype = getattr(torch, self.dtype)
        return found

    @property
    def float_bytes(self) -> int:
        return DTYPES[self.dtype]


def choose(settings: Mapping[str, str]) -> Placement:
    """The placement for the settings `device` and `dtype`; each may be `auto`, or left out, which is the same.

    `auto` takes a GPU if there is one, with bfloat16 where it computes that and float16 elsewhere, or the CPU with
    float32. Raises ConfigError for other names and for a device that is not there.
    """
    device, dtype = settings.get("device", "auto"), settings.get("dtype", "auto")
    there = _there()
    if device not in ("auto", *there):
        known = "is not on this machine" if device in DEVICES else "is no device"
        raise ConfigError(f"device {device!r} {known}; there are auto, {', '.join(there)}")
    chosen = there[-1] if device == "auto" else device
    wanted = SHORT.get(dtype, dtype)
    if wanted not in ("auto", *DTYPES):
        raise ConfigError(f"no dtype {dtype!r}; there are auto, {', '.join(DTYPES)}")
    return Placement(chosen, _default(chosen) if wanted == "auto" else wanted)


def _there() -> tuple[str, ...]:
    """The devices of this machine; the last is the fastest."""
    if importlib.metadata.version("torch").endswith("+cpu"):
        return ("cpu",)
    import torch  # only a build that may have a GPU is asked: the import takes seconds

    found = {"cpu": True, "mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available()}
    return tuple(device for device, there in found.items() if there)


def _default(device: str) -> str:
    if device == "cpu":
        return "float32"
    import torch

    return "bfloat16" if device == "cuda" and torch.cuda.is_bf16_supported() else "float16"
