"""A small RGB picture of a latent, by a linear map of its channels: rough, but it costs nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class LatentRGB:
    """RGB (-1..1) = latent @ weights + bias, at each position: `weights` [channels, 3], `bias` [3], float32."""

    weights: Tensor
    bias: Tensor

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.weights.shape[1] != 3 or tuple(self.bias.shape) != (3,):
            raise ValueError(
                f"weights of shape {list(self.weights.shape)} and bias of {list(self.bias.shape)}: "
                "must be [channels, 3] and [3]"
            )

    @torch.no_grad()
    def __call__(self, latent: Tensor) -> Tensor:
        """The picture [B, h, w, 3], uint8 on the CPU, of a latent [B, C, h, w] in the U-Net's scale.

        Raises ValueError for another number of channels.
        """
        if latent.shape[1] != len(self.weights):
            raise ValueError(f"latent of {latent.shape[1]} channels; this map takes {len(self.weights)}")
        rgb = latent.float().cpu().movedim(1, -1) @ self.weights + self.bias
        return ((rgb + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)

    @classmethod
    def fit(cls, latents: Tensor, pictures: Tensor) -> LatentRGB:
        """The least-squares map from latents [B, C, h, w] to pictures [B, 3, h, w] in -1..1, shrunk to their size."""
        x = latents.float().movedim(1, -1).flatten(0, 2)
        y = pictures.float().movedim(1, -1).flatten(0, 2)
        solution = torch.linalg.lstsq(torch.cat([x, torch.ones_like(x[:, :1])], dim=1), y).solution
        return cls(solution[:-1], solution[-1])

    def dump(self) -> str:
        """The JSON of the metadata `nodeflow.latent_rgb`: a row of three for each channel, then the bias."""
        return json.dumps([*self.weights.tolist(), self.bias.tolist()])

    @classmethod
    def parse(cls, text: str) -> LatentRGB:
        """The inverse of `dump`. Raises ValueError for other JSON."""
        rows = torch.tensor(json.loads(text), dtype=torch.float32)
        if rows.ndim != 2 or len(rows) < 2:
            raise ValueError(f"latent_rgb of shape {list(rows.shape)}: must be [channels + 1, 3], the bias last")
        return cls(rows[:-1], rows[-1])


STABLE_DIFFUSION_1: Final = LatentRGB(
    torch.tensor(
        [
            [0.3512, 0.2297, 0.3227],
            [0.3250, 0.4974, 0.2350],
            [-0.2829, 0.1762, 0.2721],
            [-0.2120, -0.2616, -0.7177],
        ]
    ),
    torch.zeros(3),
)
"""The map that circulates for Stable Diffusion 1.x and its four channels."""
