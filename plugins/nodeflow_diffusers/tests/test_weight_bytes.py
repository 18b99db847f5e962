"""Bytes are counted in the type that weights are loaded in."""

from pathlib import Path

import pytest
import torch
from nodeflow_diffusers.weight_bytes import weight_bytes
from safetensors.torch import save_file


@pytest.mark.parametrize(("float_bytes", "expected"), [(4, 4 * (6 + 5) + 8 * 3 + 2), (2, 2 * (6 + 5) + 8 * 3 + 2)])
def test_floats_are_converted_and_others_stay(tmp_path: Path, float_bytes: int, expected: int) -> None:
    first = {"a": torch.zeros(2, 3), "b": torch.zeros(3, dtype=torch.int64)}
    second = {"c": torch.zeros(5, dtype=torch.bfloat16), "d": torch.zeros(2, dtype=torch.bool)}
    files = [tmp_path / "1.safetensors", tmp_path / "2.safetensors"]
    for file, tensors in zip(files, (first, second), strict=True):
        save_file(tensors, file)
    assert weight_bytes(files, float_bytes) == expected


def test_nothing_is_nothing() -> None:
    assert weight_bytes([], 4) == 0
