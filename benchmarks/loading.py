"""Peak memory while a checkpoint of the size of SD 1.5 is loaded, against the size of its file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint

from benchmarks.table import Table

LOAD = """
import sys, time
from pathlib import Path
import torch, transformers
from transformers import CLIPTextModel
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.placement import Placement, choose

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

before, start = peak(), time.perf_counter()
checkpoint = open_checkpoint(sys.argv[1])
placement = Placement(dtype="float16", vae_dtype="float16") if sys.argv[2] == "float16" else choose("cpu", sys.argv[2])
parts = checkpoint.unet(placement), checkpoint.vae(placement), checkpoint.text_encoder(placement).network.module
for weight in (weight for part in parts for weight in part.parameters()):
    (weight.to_dense() if weight.is_mkldnn else weight).abs().amax()
print(peak() - before, time.perf_counter() - start)
"""


WAYS = (
    (torch.float16, "float16"),
    (torch.float16, "bfloat16"),
    (torch.bfloat16, "bfloat16"),
    (torch.float32, "float32"),
)
"""The dtypes of files, and those that they are loaded as."""


def main() -> Table:
    """Files of random weights, loaded in a fresh process that then touches every weight."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for dtype, loaded in WAYS:
            path = Path(folder) / "sd15.safetensors"
            _write(path, dtype)
            peak, time = _load(path, loaded)
            size, name = path.stat().st_size, str(dtype).removeprefix("torch.")
            sizes = [f"{size / 1e9:.2f} GB", f"{peak / 1e9:.2f} GB", f"{peak / size:.2f}"]
            rows.append([name, loaded, *sizes, f"{time:.1f} s"])
    return Table(
        "Loading a checkpoint of the size of SD 1.5",
        "The growth of the peak resident set (VmHWM), mapped pages included, with every weight touched. float16 stays "
        "mapped as it is; bfloat16 and float32 are placed as for sampling on a CPU, convolutions packed.",
        ["file's dtype", "loaded as", "file", "peak", "peak / file", "time"],
        rows,
    )


def _write(path: Path, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        save_checkpoint(path, UNet(UNetConfig()), VAE(VAEConfig()), clip_text_model(ClipConfig()), dtype=dtype)
    finally:
        torch.set_default_dtype(torch.float32)


def _load(path: Path, dtype: str) -> tuple[int, float]:
    command = [sys.executable, "-c", LOAD, str(path), dtype]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak, time = done.stdout.split()
    return int(peak), float(time)
