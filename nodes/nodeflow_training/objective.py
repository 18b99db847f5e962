"""What a diffusion model is trained for: the forward process, the target, and the weight of each noise level."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from nodeflow_diffusion.lib.denoiser import Prediction
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from torch import Tensor


def alphas_cumprod(levels: NoiseLevels) -> Tensor:
    """alpha-bar of every timestep, [T], float32: the share of the picture's variance that is left."""
    return 1 / (1 + levels.sigmas.double() ** 2).float()


def noised(clean: Tensor, noise: Tensor, abar: Tensor) -> Tensor:
    """q(x_t | x_0): sqrt(abar) x0 + sqrt(1 - abar) eps (Ho et al. 2020, arXiv:2006.11239, eq. 4); abar is [B]."""
    abar = abar[:, None, None, None]
    return abar.sqrt() * clean + (1 - abar).sqrt() * noise


@dataclass(frozen=True)
class Objective:
    """The mean squared error of what the network predicts: the noise, or v = sqrt(abar) eps - sqrt(1 - abar) x0.

    Timesteps are T u^`noise_bias` for uniform u: below 1 there are more of the noisy ones. With `min_snr` above 0 a
    timestep counts min(SNR, min_snr) in the error of x0 (Hang et al. 2023, arXiv:2303.09556, eq. 8); 0 weighs all
    alike.
    """

    prediction: Prediction = "epsilon"
    noise_bias: float = 1.0
    min_snr: float = 0.0

    def timesteps(self, count: int, levels: int, generator: torch.Generator) -> Tensor:
        """Random timesteps [count] below `levels`, on the CPU."""
        drawn = levels * torch.rand(count, generator=generator) ** self.noise_bias
        return drawn.long().clamp(max=levels - 1)

    def target(self, clean: Tensor, noise: Tensor, abar: Tensor) -> Tensor:
        """What the network should say of the noised latent."""
        if self.prediction == "epsilon":
            return noise
        abar = abar[:, None, None, None]
        return abar.sqrt() * noise - (1 - abar).sqrt() * clean

    def weight(self, abar: Tensor) -> Tensor:
        """The weight [B] of each sample's error."""
        if not self.min_snr:
            return torch.ones_like(abar)
        snr = abar / (1 - abar)
        unit = snr if self.prediction == "epsilon" else snr + 1
        return snr.clamp(max=self.min_snr) / unit

    def loss(self, predicted: Tensor, clean: Tensor, noise: Tensor, abar: Tensor) -> Tensor:
        """The weighted mean over all elements."""
        errors = (predicted.float() - self.target(clean, noise, abar)).square().mean(dim=(1, 2, 3))
        return (self.weight(abar) * errors).mean()
