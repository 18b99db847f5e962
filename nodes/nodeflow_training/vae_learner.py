"""A VAE that learns to give pictures back: pixels, edges, features, a small KL term, and a critic if one is wanted.

Rombach et al. 2022 (arXiv:2112.10752, sec. 3.1); the critic is that of Esser et al. 2021 (arXiv:2012.09841, sec. 3.1).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from nodeflow_diffusion.lib.vae import VAE
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training.diffusion_learner import computing
from nodeflow_training.encoding import as_input
from nodeflow_training.loop import generator, hash_of
from nodeflow_training.pictures import Pixels, looked_at
from nodeflow_training.progress import Stateful
from nodeflow_training.types import Dataset

CACHE_BYTES = 1 << 30
WHOLE_FROM = 0.85
"""The last part of the way is on whole pictures, if the rest was on crops."""


@dataclass(frozen=True)
class VAEMethod:
    """How a VAE learns. `crop` is the side of training crops in pixels, 0 for whole pictures.

    `latent_noise` is the deviation of the noise that the decoder learns to overlook, in the scale of raw latents. With
    `decoder_only` the latents stay as they are, so a diffusion model that learnt them goes on working.
    """

    steps: int
    batch: int = 32
    crop: int = 0
    learning_rate: float = 1e-3
    kl_weight: float = 1e-4
    edge_weight: float = 0.5
    perceptual_weight: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_from: float = 0.5
    latent_noise: float = 0.0
    decoder_only: bool = False
    autocast: bool = False
    seed: int = 0


class Looks:
    """The views of a dataset, kept in memory up to a bound, and read or drawn again beyond it."""

    def __init__(self, dataset: Dataset, views: int, nbytes: int = CACHE_BYTES) -> None:
        self.dataset, self.views, self.left = dataset, views, nbytes
        self.kept: dict[tuple[int, int], Pixels] = {}

    def look(self, index: int, number: int) -> Pixels:
        """Raises BadPictureError."""
        if (found := self.kept.get((index, number))) is not None:
            return found
        pixels = looked_at(self.dataset, index, number)
        if pixels.nbytes <= self.left:
            self.left -= pixels.nbytes
            self.kept[index, number] = pixels
        return pixels

    def batch(self, size: int, crop: int, rng: random.Random) -> Tensor:
        """Crops of pictures at random, [B, 3, h, w] in -1..1. Whole pictures are of the size of the first one."""
        cuts: list[Pixels] = []
        shape = (crop, crop) if crop else None
        while len(cuts) < size:
            pixels = self.look(rng.randrange(len(self.dataset)), rng.randrange(self.views))
            shape = shape or pixels.shape[:2]
            room = [pixels.shape[i] - shape[i] for i in range(2)]
            if min(room) >= 0:
                y, x = (rng.randint(0, length) for length in room)
                cuts.append(pixels[y : y + shape[0], x : x + shape[1]])
        return as_input(np.stack(cuts))


class Critic(nn.Module):
    """Tells patches of true pictures from those of the decoder: [B, 1, h, w], above 0 for true ones."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 4 * width)
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise(widths)):
            layers += [
                nn.Conv2d(a, b, 4, stride=2, padding=1),
                nn.GroupNorm(8, b) if i else nn.Identity(),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return out


class VAELearner:
    """Learns from looks at a dataset."""

    def __init__(self, vae: VAE, looks: Looks, method: VAEMethod) -> None:
        self.vae, self.looks, self.method = vae, looks, method
        trained = [vae.decoder, vae.post_quant_conv] if method.decoder_only else [vae]
        vae.requires_grad_(requires_grad=False)
        self._weights = [weight.requires_grad_() for part in trained for weight in part.parameters()]
        self.optimizer = torch.optim.AdamW(
            self._weights, method.learning_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(method.seed)
            self.critic = Critic().to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.critic.parameters(), method.learning_rate, betas=(0.5, 0.9))
        self.last: tuple[Tensor, Tensor] | None = None

    @property
    def device(self) -> torch.device:
        return next(self.vae.parameters()).device

    @property
    def parts(self) -> Mapping[str, Stateful]:
        parts: dict[str, Stateful] = {"vae": self.vae, "optimizer": self.optimizer}
        if self.method.adversarial_weight:
            parts |= {"critic": self.critic, "critic_optimizer": self.critic_optimizer}
        return parts

    @property
    def optimizers(self) -> Iterable[torch.optim.Optimizer]:
        return (self.optimizer,)

    @property
    def weights(self) -> Iterable[Tensor]:
        return self._weights

    def loss(self, step: int, batch: int) -> Tensor:
        method, rng = self.method, random.Random(hash_of(self.method.seed, "looks", step, batch))
        whole = bool(method.crop) and step > method.steps * WHOLE_FROM
        size = max(1, method.batch // 4) if whole else method.batch
        x = self.looks.batch(size, 0 if whole else method.crop, rng)
        return self.error(x.to(self.device), generator(method.seed, step, batch), judged=self._judged(step))

    def _judged(self, step: int) -> bool:
        return self.method.adversarial_weight > 0 and step >= self.method.steps * self.method.adversarial_from

    def error(self, x: Tensor, random_numbers: torch.Generator, *, judged: bool = False) -> Tensor:
        """L1 and squared error of pixels, L1 of their differences, features, KL per latent element, the critic."""
        method = self.method
        x = x.contiguous(memory_format=torch.channels_last)
        with computing(self.device.type, autocast=method.autocast):
            with torch.set_grad_enabled(not method.decoder_only):
                posterior = self.vae.posterior(x)
            z = posterior.sample(random_numbers)
            z = z + method.latent_noise * torch.randn(z.shape, generator=random_numbers).to(z)
            out = self.vae.decoder(self.vae.post_quant_conv(z)).float()
        total: Tensor = (out - x).abs().mean() + (out - x).square().mean() + method.edge_weight * edges(out, x)
        total = total + method.kl_weight * posterior.kl().mean() / z[0].numel()
        if method.perceptual_weight:
            total = total + method.perceptual_weight * features_apart(out, x)
        if judged:
            self.last = (x, out.detach())
            total = total - method.adversarial_weight * self.critic(out).mean()
        return total

    def learnt(self, step: int) -> None:
        """The critic's own step, on the last batch, by the hinge loss."""
        if not self._judged(step) or self.last is None:
            return
        true, made = self.last
        self.critic_optimizer.zero_grad()
        hinge = functional.relu(1 - self.critic(true)).mean() + functional.relu(1 + self.critic(made)).mean()
        hinge.backward()  # type: ignore[no-untyped-call]
        self.critic_optimizer.step()


def edges(a: Tensor, b: Tensor) -> Tensor:
    """The mean absolute difference of the differences of neighbours, along both sides."""
    return sum(((a.diff(dim=d) - b.diff(dim=d)).abs().mean() for d in (2, 3)), torch.zeros((), device=a.device))


def features_apart(a: Tensor, b: Tensor, scales: int = 3) -> Tensor:
    """How far apart pictures are for an eye that looks for structure: local contrasts at several scales.

    A perceptual term without learnt weights: each scale's patches are normed by their mean and deviation (as in SSIM,
    Wang et al. 2004), so that what counts is their pattern, not their light.
    """
    total = torch.zeros((), device=a.device)
    for _ in range(scales):
        total = total + (_pattern(a) - _pattern(b)).abs().mean()
        if min(a.shape[-2:]) < 16:
            break
        a, b = functional.avg_pool2d(a, 2), functional.avg_pool2d(b, 2)
    return total / scales


def _pattern(x: Tensor) -> Tensor:
    mean = _surroundings(x)
    variance = _surroundings(x.square()) - mean.square()
    return (x - mean) / (variance.clamp(min=0) + 0.01).sqrt()


def _surroundings(x: Tensor) -> Tensor:
    """The mean of the 7x7 pixels around each, as far as they are there. Pooling trains five times slower on a CPU."""
    window, channels = x.new_ones(1, 1, 7, 7), x.shape[1]
    there = functional.conv2d(x.new_ones(1, 1, *x.shape[-2:]), window, padding=3)
    return functional.conv2d(x, window.expand(channels, 1, 7, 7), padding=3, groups=channels) / there
