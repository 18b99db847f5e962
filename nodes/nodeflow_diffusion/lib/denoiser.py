"""The denoiser D(x; sigma): a network's prediction turned into an estimate of the clean latent."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from nodeflow_diffusion.lib.noise_levels import NoiseLevels

Prediction = Literal["epsilon", "v"]
Network = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]
"""Called as network(x [B, C, H, W], timesteps [B], context [B, T, D], vector [B, V] or None), like `UNet`."""


@dataclass(frozen=True, eq=False)
class Denoiser:
    """D(x; sigma, context, vector) for latents x = x0 + sigma * noise (Karras et al. 2022, arXiv:2206.00364, eq. 7).

    The network was trained on x / sqrt(1 + sigma^2). Its output F is the noise, so D = x - sigma F (Ho et al. 2020,
    arXiv:2006.11239), or v, so D = x / (1 + sigma^2) - sigma / sqrt(1 + sigma^2) F (Salimans & Ho 2022,
    arXiv:2202.00512, app. D). The network computes in `dtype` on `device`; the latent keeps its own.
    """

    network: Network
    levels: NoiseLevels
    prediction: Prediction = "epsilon"
    dtype: torch.dtype = torch.float32
    device: torch.device | str = "cpu"
    channels_last: bool = False

    def __post_init__(self) -> None:
        if self.prediction not in get_args(Prediction):
            raise ValueError(f"no prediction {self.prediction!r}; there are {', '.join(get_args(Prediction))}")

    def __call__(self, x: Tensor, sigma: float | Tensor, context: Tensor, vector: Tensor | None = None) -> Tensor:
        """The estimate of the clean latent, like x [B, C, H, W]; sigma > 0 is one number for the whole batch."""
        level = float(sigma)
        scale = 1 / math.sqrt(1 + level**2)
        timesteps = torch.full((len(x),), self.levels.timestep(level), device=self.device)
        vector = None if vector is None else self._cast(vector)
        out = self.network(self._cast(x * scale), timesteps, self._cast(context), vector).to(x)
        if self.prediction == "v":
            return x * scale**2 - out * (level * scale)
        return x - out * level

    def _cast(self, tensor: Tensor) -> Tensor:
        cast = tensor.to(self.device, self.dtype)
        return cast.contiguous(memory_format=torch.channels_last) if self.channels_last and cast.ndim == 4 else cast
