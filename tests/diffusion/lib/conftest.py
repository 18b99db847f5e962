"""Small networks with random weights, and a checkpoint file of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import Checkpoint, open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint
from torch import nn


@pytest.fixture(scope="session")
def small_unet() -> UNet:
    torch.manual_seed(1)
    return UNet(UNetConfig(channels=(32, 64), res_blocks=1, depths=(1, 0), context_dim=64)).eval()


@pytest.fixture(scope="session")
def small_vae() -> VAE:
    torch.manual_seed(2)
    return VAE(VAEConfig(channels=(32, 64), res_blocks=1)).eval()


@pytest.fixture(scope="session")
def small_text() -> nn.Module:
    torch.manual_seed(3)
    return clip_text_model(ClipConfig(width=64, layers=3, heads=4, intermediate=128)).eval()


@pytest.fixture(scope="session")
def checkpoint_path(
    tmp_path_factory: pytest.TempPathFactory, small_unet: UNet, small_vae: VAE, small_text: nn.Module
) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "small.safetensors"
    save_checkpoint(path, small_unet, small_vae, small_text)
    return path


@pytest.fixture
def checkpoint(checkpoint_path: Path) -> Checkpoint:
    return open_checkpoint(checkpoint_path)


class Double:
    """A module in which float32 is float64."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, "float64" if name == "float32" else name)


@pytest.fixture
def in_double(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """in_double("euler_discrete"): that module of diffusers' schedulers, which then computes in float64."""

    def patched(name: str) -> ModuleType:
        home = importlib.import_module(f"diffusers.schedulers.scheduling_{name}")
        monkeypatch.setattr(home, "torch", Double(torch))
        monkeypatch.setattr(home, "np", Double(np))
        return home

    return patched
