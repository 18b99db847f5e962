"""Where networks run: device, data types and memory format, decided in one place. Importing this imports no torch."""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    import torch

Kind = Literal["cpu", "cuda", "mps"]
DType = Literal["float32", "float16", "bfloat16"]
DTYPES: Final[dict[DType, str]] = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}
_NUMBERED = re.compile(r"cuda:[0-9]{1,3}")
_CPUINFO = Path("/proc/cpuinfo")
_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})  # the last one is ARM's


@dataclass(frozen=True)
class Placement:
    """A device, the type that networks compute in there, and the VAE's, whose activations overflow in float16.

    The device is named as torch names it: `cuda` is the first of several GPUs, `cuda:1` the second.
    `channels_last` is the memory format of convolutions, and `packed` keeps their weights as `convolution` says.
    """

    device: str = "cpu"
    dtype: DType = "float32"
    vae_dtype: DType = "float32"
    channels_last: bool = False
    packed: bool = False

    @property
    def id(self) -> str:
        """A short name for cache keys, such as `cpu-bf16`: what of the machine results depend on."""
        return f"{self.kind}-{DTYPES[self.dtype]}"

    @property
    def kind(self) -> str:
        """The device without its number: results do not depend on which of several GPUs computes them."""
        return self.device.partition(":")[0]

    @property
    def torch_dtype(self) -> torch.dtype:
        return torch_dtype(self.dtype)

    @property
    def torch_vae_dtype(self) -> torch.dtype:
        return torch_dtype(self.vae_dtype)


def torch_dtype(name: DType) -> torch.dtype:
    """The type of that name, of torch's own."""
    import torch  # this module is imported by processes that must stay small

    found: torch.dtype = getattr(torch, name)
    return found


def choose(device: str = "auto", dtype: str = "auto") -> Placement:
    """The placement for the wishes of a user: `auto`, a `Kind` or one GPU (`cuda:1`); a `DType` or its short form.

    `auto` takes a GPU if there is one. There it computes in float16, on CPUs with bfloat16 instructions in bfloat16,
    on others in float32. Raises ValueError for other names and for a device that is not there.
    """
    kind = "cuda" if _NUMBERED.fullmatch(device) else device
    if kind not in ("auto", *get_args(Kind)):
        raise ValueError(f"no device {device!r}; there are auto, {', '.join(get_args(Kind))}, cuda:0, cuda:1, ...")
    gpu = _gpu()
    if kind in ("cuda", "mps") and gpu != kind:
        raise ValueError(f"no device {device!r} on this machine; there is {gpu or 'cpu'!r}, which 'auto' takes")
    if kind == "cpu" or gpu is None:
        return _on_cpu(dtype)
    if device != kind and int(device.partition(":")[2]) >= (count := _gpus()):
        raise ValueError(
            f"no device {device!r} on this machine; there are {', '.join(map('cuda:{}'.format, range(count)))}"
        )
    return _on_gpu(gpu if device == "auto" else device, dtype)


def _on_cpu(dtype: str) -> Placement:
    chosen = _named(dtype, "bfloat16" if has_bf16() else "float32")
    if chosen == "float16":
        raise ValueError(f"dtype {dtype!r} is far too slow on a CPU; ask for 'bfloat16' or 'float32'")
    # A step of Stable Diffusion is faster by a fifth in float32 and by more than a third in bfloat16, for a copy of the
    # convolutions' weights instead of a mapping; channels_last alone is slower in float32 with AVX-512.
    return Placement("cpu", chosen, chosen, channels_last=True, packed=True)


def _on_gpu(device: str, dtype: str) -> Placement:
    chosen = _named(dtype, "float16")
    vae: DType = "bfloat16" if chosen != "float32" and _computes_bf16(device) else "float32"
    return Placement(device, chosen, vae, channels_last=device != "mps" and chosen != "float32")


def _named(dtype: str, default: DType) -> DType:
    if dtype == "auto":
        return default
    for name, short in DTYPES.items():
        if dtype in (name, short):
            return name
    raise ValueError(f"no dtype {dtype!r}; there are auto, {', '.join(DTYPES)}")


def has_bf16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the CPU has instructions for bfloat16, where the system tells so in a file; false elsewhere."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return False
    flags = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return not _BF16_FLAGS.isdisjoint(next(flags, "").split())


def cpu_only() -> bool:
    """Whether no GPU can be used, as far as the installed torch's version tells: none is installed, or a CPU build."""
    try:
        return importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:
        return True


def _gpu() -> Kind | None:
    if cpu_only():
        return None
    import torch  # only a build that may have a GPU is asked

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def _gpus() -> int:
    import torch  # reached only where there is a GPU

    return torch.cuda.device_count()


def _computes_bf16(device: str) -> bool:
    import torch  # reached only where there is a GPU

    return device != "mps" and torch.cuda.get_device_capability(device) >= (8, 0)
