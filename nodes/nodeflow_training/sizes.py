"""New networks of given sizes with random weights, and sizes as people write them."""

from __future__ import annotations

import torch
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.tokenizer import CLIP_SIZE
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from torch import nn

GROUPS = 32


def numbers(text: str, what: str, *, multiple: int = 1) -> tuple[int, ...]:
    """Whole numbers with commas between. Raises ValueError for others, and for none."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() for part in parts):
        raise ValueError(f"{what} {text!r}: must be whole numbers with commas between, such as '64, 128'")
    found = tuple(int(part) for part in parts)
    if any(number % multiple or (multiple > 1 and not number) for number in found):
        raise ValueError(f"{what} {text!r}: each must be a multiple of {multiple}")
    return found


def new_vae(config: VAEConfig, seed: int) -> VAE:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(config)


def new_unet(config: UNetConfig, seed: int) -> UNet:
    """A U-Net whose last convolution gives 0, as training best begins (Dhariwal & Nichol 2021, arXiv:2105.05233)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        unet = UNet(config)
    last = unet.out[2]
    assert isinstance(last, nn.Conv2d)
    nn.init.zeros_(last.weight)
    return unet


def new_text_model(width: int, layers: int, heads: int, positions: int, seed: int) -> nn.Module:
    """A CLIP text model with CLIP's whole vocabulary."""
    if width % heads:
        raise ValueError(f"width {width!r}: must be a multiple of the {heads} heads")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return clip_text_model(ClipConfig(width, layers, heads, 4 * width, positions, CLIP_SIZE))
