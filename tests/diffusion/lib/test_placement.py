"""Devices and types, on machines of many kinds."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib import placement
from nodeflow_diffusion.lib.placement import Placement, choose, has_bf16


@pytest.fixture
def bf16(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(placement, "has_bf16", lambda: request.param)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A GPU of that name, and whether it computes in bfloat16."""
    device, computes = request.param
    monkeypatch.setattr(placement, "_gpu", lambda: device)
    monkeypatch.setattr(placement, "_computes_bf16", lambda _: computes)


@pytest.mark.parametrize(("bf16", "expected"), [(True, "cpu-bf16"), (False, "cpu-fp32")], indirect=["bf16"])
@pytest.mark.parametrize("gpu", [(None, False)], indirect=True)
@pytest.mark.usefixtures("bf16", "gpu")
def test_the_type_on_a_cpu_depends_on_its_instructions(expected: str) -> None:
    chosen = choose()
    assert chosen.id == expected
    assert chosen.vae_dtype == chosen.dtype
    assert choose("cpu", "fp32").dtype == choose("cpu", "float32").dtype == "float32"


@pytest.mark.parametrize(
    ("gpu", "expected"),
    [
        (("cuda", True), Placement("cuda", "float16", "bfloat16", channels_last=True)),
        (("cuda", False), Placement("cuda", "float16", "float32", channels_last=True)),
        (("mps", False), Placement("mps", "float16", "float32")),
    ],
    indirect=["gpu"],
)
@pytest.mark.usefixtures("gpu")
def test_a_gpu_is_taken_and_its_vae_never_computes_in_float16(expected: Placement) -> None:
    assert choose() == expected
    assert choose(expected.device) == expected
    assert choose("cpu").device == "cpu"
    assert choose(dtype="float32").vae_dtype == "float32"
    assert choose(dtype="bf16").id == f"{expected.device}-bf16"


@pytest.mark.parametrize("gpu", [("cuda", True)], indirect=True)
@pytest.mark.usefixtures("gpu")
def test_one_of_several_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is, results are the same, so it is not in their keys."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    first, second = choose("cuda:0"), choose("cuda:1")
    assert (first.device, second.device) == ("cuda:0", "cuda:1")
    assert first.id == second.id == choose("cuda").id == "cuda-fp16"
    assert (second.kind, second.channels_last, second.vae_dtype) == ("cuda", True, "bfloat16")
    assert torch.device(second.device).index == 1
    with pytest.raises(ValueError, match=r"no device 'cuda:2' on this machine; there are cuda:0, cuda:1$"):
        choose("cuda:2")


def test_each_gpu_is_asked_for_its_own_capability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_gpu", lambda: "cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_capability", {"cuda:0": (7, 5), "cuda:1": (9, 0)}.get)
    assert [choose(device).vae_dtype for device in ("cuda:0", "cuda:1")] == ["float32", "bfloat16"]


@pytest.mark.parametrize("gpu", [(None, False)], indirect=True)
@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("device", "dtype", "words"),
    [
        ("gpu", "auto", "no device 'gpu'; there are auto, cpu, cuda, mps"),
        ("cuda:x", "auto", "no device 'cuda:x'; there are auto, cpu, cuda, mps, cuda:0"),
        ("cuda", "auto", "no device 'cuda' on this machine; there is 'cpu'"),
        ("cuda:1", "auto", "no device 'cuda:1' on this machine; there is 'cpu'"),
        ("auto", "half", "no dtype 'half'; there are auto, float32, float16, bfloat16"),
        ("cpu", "fp16", "dtype 'fp16' is far too slow on a CPU; ask for 'bfloat16' or 'float32'"),
    ],
)
def test_wishes_that_cannot_be_met(device: str, dtype: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        choose(device, dtype)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 avx512_bf16\n", True),
        ("flags : fpu amx_bf16 amx_tile\n", True),
        ("flags : fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("vendor_id : avx512_bf16\n", False),
        ("", False),
    ],
)
def test_instructions_are_read_from_a_file(tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert has_bf16(tmp_path / "cpuinfo") is expected


def test_a_system_without_that_file_has_no_bf16(tmp_path: Path) -> None:
    assert not has_bf16(tmp_path / "nothing")


@pytest.mark.parametrize(("version", "expected"), [("2.5.0+cpu", True), ("2.5.0+cu124", False), ("2.5.0", False)])
def test_a_cpu_build_is_known_by_its_version(monkeypatch: pytest.MonkeyPatch, version: str, expected: bool) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: version)
    assert placement.cpu_only() is expected


def test_without_torch_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert choose().device == "cpu"


def test_torch_types() -> None:
    chosen = Placement("cuda", "float16", "bfloat16")
    assert (chosen.torch_dtype, chosen.torch_vae_dtype) == (torch.float16, torch.bfloat16)


@pytest.mark.skipif(not placement.cpu_only(), reason="a build for GPUs asks torch")
def test_choosing_imports_no_torch() -> None:
    code = "import sys; from nodeflow_diffusion.lib.placement import choose; choose(); sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
