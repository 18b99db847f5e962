"""How weights get from a file into memory: mapped where they can be, and never twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.part import Part, Source
from nodeflow_diffusion.lib.tensor_file import TensorFile
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint
from safetensors.torch import save_file
from torch import nn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MEASURE = """
import ctypes, gc, sys
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.placement import Placement

def resident(key):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

def measure(path, placement):
    checkpoint = open_checkpoint(path)
    gc.collect()
    getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)(0)  # or what was freed hides what is used
    open("/proc/self/clear_refs", "w").write("5")
    before = resident("VmRSS")
    parts = [checkpoint.unet(placement), checkpoint.vae(placement), checkpoint.text_encoder(placement).network.module]
    weights = [p for part in parts for p in part.parameters()]
    for weight in weights:
        (weight.to_dense() if weight.is_mkldnn else weight).sum()
    return resident("VmHWM") - before, sum(weight.nbytes for weight in weights)

large, small = sys.argv[1:]
measure(small, None)  # imports what is imported once
packed = {"channels_last": True, "packed": True}
for placement in (None, Placement(**packed), Placement("cpu", "bfloat16", "bfloat16", **packed)):
    print(*measure(large, placement))
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 360 MB of random weights in float32."""
    path = tmp_path_factory.mktemp("large") / "large.safetensors"
    unet = UNet(UNetConfig(channels=(224, 448), res_blocks=2, depths=(1, 1), context_dim=64))
    vae = VAE(VAEConfig(channels=(128, 256), res_blocks=2))
    text = clip_text_model(ClipConfig(64, 2, 1, 128))
    save_checkpoint(path, unet, vae, text)
    return path


def test_the_peak_of_memory_is_near_the_files_size(large: Path, checkpoint_path: Path) -> None:
    """The growth of the peak of resident memory, mapped pages included, against the file and the weights in use.

    As mapped, as copied into the order of the processor's kernels, and as converted on the way.
    """
    size = large.stat().st_size
    command = [sys.executable, "-c", MEASURE, str(large), str(checkpoint_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    mapped, copied, converted = ([int(n) for n in line.split()] for line in done.stdout.splitlines())
    assert size > 350e6
    assert mapped[1] == pytest.approx(size, rel=0.01)
    assert 0.9 * size < mapped[0] < 1.1 * size
    assert 0.9 * size < copied[0] < 1.3 * size
    assert converted[1] == pytest.approx(size / 2, rel=0.01)
    assert 0.4 * size < converted[0] < 0.8 * size


def test_weights_are_the_mapped_file(checkpoint_path: Path) -> None:
    unet = open_checkpoint(checkpoint_path).unet()
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    spans = [tuple(int(end, 16) for end in line[0].split("-")) for line in lines if line[-1] == str(checkpoint_path)]
    assert all(any(low <= p.data_ptr() < high for low, high in spans) for p in unet.parameters())


def test_slices_of_one_tensor(tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(6, 2)
    save_file({"qkv": whole}, tmp_path / "a.safetensors")
    part = Part("text", TensorFile(tmp_path / "a.safetensors"), {f"{i}.weight": Source("qkv", i, 3) for i in range(3)})
    with torch.device("meta"):
        module = nn.ModuleList(nn.Linear(2, 2, bias=False) for _ in range(3))
    part.load(module, torch.float64, "cpu")
    assert torch.equal(torch.cat(list(module.parameters())), whole.double())
    assert part.nbytes() == whole.nbytes
