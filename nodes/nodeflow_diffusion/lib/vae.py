"""The variational autoencoder of latent diffusion, with the module names of the CompVis single-file layout.

Rombach et al. 2022 (arXiv:2112.10752, sec. 3.1); the posterior and its KL term are Kingma & Welling's
(arXiv:1312.6114, eq. 10). A first convolution that takes 3 p^2 channels means that pictures enter in patches of p.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nodeflow_diffusion.lib.convolution import Conv2d
from nodeflow_diffusion.lib.normalisation import GroupNorm


@dataclass(frozen=True)
class VAEConfig:
    """Sizes of a VAE, all readable from its weights but `scaling` (1 / standard deviation of its latents)."""

    latent_channels: int = 4
    channels: tuple[int, ...] = (128, 256, 512, 512)
    res_blocks: int = 2
    patch: int = 1
    scaling: float = 0.18215
    shift: float = 0.0
    quant_conv: bool = True

    @property
    def factor(self) -> int:
        """Pixels of the picture a latent position stands for, along each side."""
        return int(self.patch * 2 ** (len(self.channels) - 1))


@dataclass(frozen=True)
class Posterior:
    """A diagonal Gaussian over latents [B, C, h, w]."""

    mean: Tensor
    logvar: Tensor

    @classmethod
    def of(cls, moments: Tensor) -> Posterior:
        """From what an encoder gives, [B, 2C, h, w]: means, then logarithms of variances."""
        mean, logvar = moments.chunk(2, dim=1)
        return cls(mean, logvar.clamp(-30, 20))

    def mode(self) -> Tensor:
        return self.mean

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=generator, dtype=torch.float32)
        return self.mean + (0.5 * self.logvar).exp() * noise.to(self.mean)

    def kl(self) -> Tensor:
        """KL divergence to N(0, 1) in nats, summed over each latent: [B]."""
        per_element = 0.5 * (self.mean.square() + self.logvar.exp() - 1 - self.logvar)
        return per_element.sum(dim=(1, 2, 3))


def norm(channels: int) -> GroupNorm:
    return GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    """Two convolutions around a residual."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.norm1 = norm(channels)
        self.conv1 = Conv2d(channels, out_channels, 3, padding=1)
        self.norm2 = norm(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1)
        self.nin_shortcut = nn.Identity() if channels == out_channels else Conv2d(channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        out: Tensor = self.nin_shortcut(x) + h
        return out


class AttnBlock(nn.Module):
    """Single-head self-attention over positions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.q = Conv2d(channels, channels, 1)
        self.k = Conv2d(channels, channels, 1)
        self.v = Conv2d(channels, channels, 1)
        self.proj_out = Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(x)
        q, k, v = (layer(h).flatten(2).transpose(1, 2)[:, None] for layer in (self.q, self.k, self.v))
        attended = F.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2)
        out: Tensor = x + self.proj_out(attended.reshape(x.shape))
        return out


class Downsample(nn.Module):
    """Halves height and width; the layout pads right and bottom only."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return out


class Upsample(nn.Module):
    """Doubles height and width by nearest neighbour, then convolves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return out


class Middle(nn.Module):
    """Residual, attention, residual, at the lowest resolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels)
        self.attn_1 = AttnBlock(channels)
        self.block_2 = ResnetBlock(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return out


class Level(nn.Module):
    """The blocks of one resolution, and the layer (named by the layout) that leaves it."""

    def __init__(self, widths: list[int], leave: tuple[str, nn.Module] | None) -> None:
        super().__init__()
        self.block = nn.ModuleList(ResnetBlock(a, b) for a, b in itertools.pairwise(widths))
        self.leave = leave[0] if leave else None
        if leave:
            self.add_module(*leave)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.block:
            x = block(x)
        return self.get_submodule(self.leave)(x) if self.leave else x


class Encoder(nn.Module):
    """Picture [B, 3, H, W] in -1..1 -> moments [B, 2C, h, w]."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths, last = config.channels, config.channels[-1]
        self.patch = config.patch
        self.conv_in = Conv2d(3 * config.patch**2, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            Level(
                [widths[max(i - 1, 0)]] + [width] * config.res_blocks,
                ("downsample", Downsample(width)) if i < len(widths) - 1 else None,
            )
            for i, width in enumerate(widths)
        )
        self.mid = Middle(last)
        self.norm_out = norm(last)
        self.conv_out = Conv2d(last, 2 * config.latent_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_in(F.pixel_unshuffle(x, self.patch))
        for level in self.down:
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.norm_out(self.mid(h))))
        return out


class Decoder(nn.Module):
    """Latent [B, C, h, w] -> picture [B, 3, H, W], about -1..1."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths, last = config.channels, config.channels[-1]
        self.patch = config.patch
        self.conv_in = Conv2d(config.latent_channels, last, 3, padding=1)
        self.mid = Middle(last)
        above = (*widths[1:], last)
        self.up = nn.ModuleList(
            Level([above[i]] + [width] * (config.res_blocks + 1), ("upsample", Upsample(width)) if i else None)
            for i, width in enumerate(widths)
        )
        self.norm_out = norm(widths[0])
        self.conv_out = Conv2d(widths[0], 3 * config.patch**2, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            h = level(h)
        return F.pixel_shuffle(self.conv_out(F.silu(self.norm_out(h))), self.patch)


class VAE(nn.Module):
    """Pictures to latents and back. Latents are in the U-Net's scale: (mean - shift) * scaling."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.latent_channels
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quant_conv = Conv2d(2 * channels, 2 * channels, 1) if config.quant_conv else nn.Identity()
        self.post_quant_conv = Conv2d(channels, channels, 1) if config.quant_conv else nn.Identity()

    def posterior(self, x: Tensor) -> Posterior:
        """`x` [B, 3, H, W] in -1..1, H and W multiples of the factor; the posterior is unscaled."""
        return Posterior.of(self.moments(x))

    def moments(self, x: Tensor) -> Tensor:
        """What `Posterior.of` takes, float32 [B, 2C, h, w], of a picture as for `posterior`."""
        if any(side % self.config.factor for side in x.shape[-2:]):
            raise ValueError(f"a picture of {list(x.shape[-2:])}: its sides must be multiples of {self.config.factor}")
        out: Tensor = self.quant_conv(self.encoder(x.to(self._weight)))
        return out.float()

    def encode(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The scaled latent of `x`: the posterior's mode, or a sample where a generator is given."""
        return self.scaled(self.posterior(x), generator)

    def scaled(self, posterior: Posterior, generator: torch.Generator | None = None) -> Tensor:
        """The latent of a posterior, as in `encode`."""
        z = posterior.mode() if generator is None else posterior.sample(generator)
        return (z - self.config.shift) * self.config.scaling

    def decode(self, latent: Tensor) -> Tensor:
        """The picture [B, 3, H, W] (float32, about -1..1, not clamped) of a scaled latent."""
        z = latent / self.config.scaling + self.config.shift
        out: Tensor = self.decoder(self.post_quant_conv(z.to(self._weight)))
        return out.float()

    @property
    def _weight(self) -> Tensor:
        """A weight, for the type and device that inputs are moved to."""
        return self.decoder.norm_out.weight
