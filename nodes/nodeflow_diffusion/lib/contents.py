"""What a checkpoint holds, however it is stored: sizes and places of weights, and what weights do not show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from nodeflow_diffusion.lib.bert import BertConfig, BertSizes
from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.denoiser import Prediction
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.part import Part
from nodeflow_diffusion.lib.preview import LatentRGB
from nodeflow_diffusion.lib.tokenizer import Vocabulary, clip_vocabulary
from nodeflow_diffusion.lib.unet import UNetConfig
from nodeflow_diffusion.lib.vae import VAEConfig

Config = TypeVar("Config", covariant=True)
TextConfig = ClipConfig | BertConfig | BertSizes


@dataclass(frozen=True, eq=False)
class Stored(Generic[Config]):
    """A network that is still on disk."""

    config: Config
    part: Part


@dataclass(frozen=True, eq=False)
class Contents:
    """What `single_file` and `diffusers_folder` find. `last_layer` is the text layer the U-Net was trained with."""

    path: Path
    unet: Stored[UNetConfig] | None = None
    vae: Stored[VAEConfig] | None = None
    text: Stored[TextConfig] | None = None
    prediction: Prediction = "epsilon"
    levels: NoiseLevels = field(default_factory=NoiseLevels.scaled_linear)
    latent_rgb: LatentRGB | None = None
    vocabulary: Callable[[], Vocabulary] = clip_vocabulary
    last_layer: int = -1
