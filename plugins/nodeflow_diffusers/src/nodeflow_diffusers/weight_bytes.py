"""How much memory weights take, from the headers of their files."""

from collections.abc import Iterable
from math import prod
from pathlib import Path

from safetensors import safe_open

FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
"""What is converted to the type that a pipeline computes in."""
BYTES = {"I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def weight_bytes(files: Iterable[Path], float_bytes: int) -> int:
    """The bytes of all tensors of safetensors files, with `float_bytes` for each number that is no integer."""
    total = 0
    for file in files:
        with safe_open(file, framework="numpy") as opened:
            for name in opened.keys():  # noqa: SIM118  (no mapping)
                tensor = opened.get_slice(name)
                size = float_bytes if tensor.get_dtype() in FLOATS else BYTES[tensor.get_dtype()]
                total += prod(tensor.get_shape()) * size
    return total
