"""The denoising U-Net of latent diffusion, with the module names of the CompVis single-file layout.

Ho et al. 2020 (arXiv:2006.11239) for the network, Rombach et al. 2022 (arXiv:2112.10752, fig. 3) for the
cross-attention on text, Podell et al. 2023 (arXiv:2307.01952, sec. 2.2) for the pooled vector in `label_emb`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nodeflow_diffusion.lib.convolution import Conv2d
from nodeflow_diffusion.lib.normalisation import GroupNorm


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a U-Net; every one of them but the heads can be read from the shapes of its weights.

    `depths` holds the transformer blocks after each ResBlock of a level, 0 for none. `heads` is the number of
    attention heads, or `head_dim` their width: exactly one of them is set.
    """

    in_channels: int = 4
    out_channels: int = 4
    channels: tuple[int, ...] = (320, 640, 1280, 1280)
    res_blocks: int = 2
    depths: tuple[int, ...] = (1, 1, 1, 0)
    middle_depth: int = 1
    context_dim: int = 768
    heads: int | None = 8
    head_dim: int | None = None
    linear_projection: bool = False
    vector_dim: int | None = None

    def __post_init__(self) -> None:
        if len(self.channels) != len(self.depths):
            raise ValueError(f"{len(self.channels)} levels of channels but {len(self.depths)} depths; give one a level")
        if (self.heads is None) == (self.head_dim is None):
            raise ValueError(f"set one of heads and head_dim, got heads={self.heads!r}, head_dim={self.head_dim!r}")

    def heads_of(self, channels: int) -> int:
        """The number of attention heads in a block of that width."""
        return self.heads if self.heads is not None else channels // (self.head_dim or channels)


def timestep_embedding(timesteps: Tensor, dim: int) -> Tensor:
    """Sinusoidal embedding, cosines first: `timesteps` [B] (0..999, fractions allowed) -> [B, dim] fp32."""
    half = dim // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, dtype=torch.float32, device=timesteps.device) / half)
    angles = timesteps.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class ResBlock(nn.Module):
    """Two convolutions with the time embedding added between them."""

    def __init__(self, channels: int, out_channels: int, time_dim: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(GroupNorm(32, channels), nn.SiLU(), Conv2d(channels, out_channels, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time_dim, out_channels))
        self.out_layers = nn.Sequential(
            GroupNorm(32, out_channels),
            nn.SiLU(),
            nn.Identity(),  # the layout keeps a place for dropout here
            Conv2d(out_channels, out_channels, 3, padding=1),
        )
        self.skip_connection = nn.Identity() if channels == out_channels else Conv2d(channels, out_channels, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.in_layers(x) + self.emb_layers(time)[:, :, None, None]
        out: Tensor = self.skip_connection(x) + self.out_layers(h)
        return out


class Attention(nn.Module):
    """Multi-head attention of `x` [B, N, C] on `context` [B, M, D], on itself without one."""

    def __init__(self, dim: int, context_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(context_dim, dim, bias=False)
        self.to_v = nn.Linear(context_dim, dim, bias=False)
        self.to_out = nn.Sequential(nn.Linear(dim, dim))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        context = x if context is None else context
        q, k, v = (self.split(t) for t in (self.to_q(x), self.to_k(context), self.to_v(context)))
        out = F.scaled_dot_product_attention(q, k, v)
        merged: Tensor = self.to_out(out.transpose(1, 2).flatten(2))
        return merged

    def split(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        return x.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)


class GEGLU(nn.Module):
    """Gated linear unit with GELU (Shazeer 2020, arXiv:2002.05202)."""

    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, inner * 2)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        gated: Tensor = value * F.gelu(gate)
        return gated


class FeedForward(nn.Module):
    """The transformer's gated perceptron, four times as wide inside."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GEGLU(dim, dim * 4), nn.Identity(), nn.Linear(dim * 4, dim))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention on the text, feed-forward, each on a normed residual."""

    def __init__(self, dim: int, context_dim: int, heads: int) -> None:
        super().__init__()
        self.attn1 = Attention(dim, dim, heads)
        self.ff = FeedForward(dim)
        self.attn2 = Attention(dim, context_dim, heads)
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.norm3 = nn.LayerNorm(dim)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        out: Tensor = x + self.ff(self.norm3(x))
        return out


def positions(x: Tensor) -> Tensor:
    """A feature map [B, C, H, W] as a sequence [B, H W, C]."""
    return x.flatten(2).transpose(1, 2)


def feature_map(tokens: Tensor, like: Tensor) -> Tensor:
    """The inverse of `positions`, with the shape of `like`."""
    return tokens.transpose(1, 2).reshape(like.shape)


class SpatialTransformer(nn.Module):
    """Transformer blocks over the positions of a feature map [B, C, H, W]."""

    def __init__(self, dim: int, depth: int, config: UNetConfig) -> None:
        super().__init__()
        self.linear = config.linear_projection
        self.norm = GroupNorm(32, dim, eps=1e-6)
        self.proj_in = nn.Linear(dim, dim) if self.linear else Conv2d(dim, dim, 1)
        heads = config.heads_of(dim)
        self.transformer_blocks = nn.ModuleList(TransformerBlock(dim, config.context_dim, heads) for _ in range(depth))
        self.proj_out = nn.Linear(dim, dim) if self.linear else Conv2d(dim, dim, 1)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        h = self.norm(x)
        tokens = self.proj_in(positions(h)) if self.linear else positions(self.proj_in(h))
        for block in self.transformer_blocks:
            tokens = block(tokens, context)
        out = feature_map(self.proj_out(tokens), x) if self.linear else self.proj_out(feature_map(tokens, x))
        return x + out


class Downsample(nn.Module):
    """Halves height and width by a strided convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.op(x)
        return out


class Upsample(nn.Module):
    """Enlarges to `size` by nearest neighbour, then convolves; an odd height or width comes back whole."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, size: torch.Size) -> Tensor:
        out: Tensor = self.conv(F.interpolate(x, size=tuple(size), mode="nearest"))
        return out


class Stage(nn.Sequential):
    """One numbered block of the layout: its layers take what they need of time, text and target size."""

    def run(self, x: Tensor, time: Tensor, context: Tensor, size: torch.Size | None = None) -> Tensor:
        for layer in self:
            if isinstance(layer, ResBlock):
                x = layer(x, time)
            elif isinstance(layer, SpatialTransformer):
                x = layer(x, context)
            elif isinstance(layer, Upsample):
                assert size is not None
                x = layer(x, size)
            else:
                x = layer(x)
        return x


class UNet(nn.Module):
    """Predicts noise (or v) from a noisy latent, a timestep and a text."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.checkpointing = False
        first, time_dim = config.channels[0], config.channels[0] * 4
        self.time_embed = nn.Sequential(nn.Linear(first, time_dim), nn.SiLU(), nn.Linear(time_dim, time_dim))
        if config.vector_dim is not None:
            vector = nn.Sequential(nn.Linear(config.vector_dim, time_dim), nn.SiLU(), nn.Linear(time_dim, time_dim))
            self.label_emb = nn.Sequential(vector)
        stages, skips = self.descend(time_dim)
        self.input_blocks = nn.ModuleList(stages)
        self.middle_block = self.middle(time_dim)
        self.output_blocks = nn.ModuleList(self.ascend(time_dim, skips))
        self.out = nn.Sequential(GroupNorm(32, first), nn.SiLU(), Conv2d(first, config.out_channels, 3, padding=1))

    def descend(self, time_dim: int) -> tuple[list[Stage], list[int]]:
        """The stages of the way down, and the width that each leaves for the way up."""
        config, width = self.config, self.config.channels[0]
        stages, skips = [Stage(Conv2d(config.in_channels, width, 3, padding=1))], [width]
        for level, (channels, depth) in enumerate(zip(config.channels, config.depths, strict=True)):
            for _ in range(config.res_blocks):
                stages.append(Stage(ResBlock(width, channels, time_dim), *self.attention(channels, depth)))
                width = channels
                skips.append(width)
            if level < len(config.channels) - 1:
                stages.append(Stage(Downsample(width)))
                skips.append(width)
        return stages, skips

    def middle(self, time_dim: int) -> Stage:
        width = self.config.channels[-1]
        attention = self.attention(width, self.config.middle_depth)
        return Stage(ResBlock(width, width, time_dim), *attention, ResBlock(width, width, time_dim))

    def ascend(self, time_dim: int, skips: list[int]) -> Iterator[Stage]:
        config, width, left = self.config, self.config.channels[-1], list(skips)
        for level in reversed(range(len(config.channels))):
            channels = config.channels[level]
            for block in range(config.res_blocks + 1):
                layers: list[nn.Module] = [ResBlock(width + left.pop(), channels, time_dim)]
                width = channels
                layers += self.attention(channels, config.depths[level])
                if level and block == config.res_blocks:
                    layers.append(Upsample(width))
                yield Stage(*layers)

    def attention(self, channels: int, depth: int) -> list[SpatialTransformer]:
        return [SpatialTransformer(channels, depth, self.config)] if depth else []

    def forward(self, x: Tensor, timesteps: Tensor, context: Tensor, vector: Tensor | None = None) -> Tensor:
        """`x` [B, C, H, W], `timesteps` [B], `context` [B, T, D], `vector` [B, V] where the model has `label_emb`."""
        time = self.time_embed(timestep_embedding(timesteps, self.config.channels[0]).to(x.dtype))
        if self.config.vector_dim is not None:
            if vector is None:
                raise ValueError(f"this U-Net wants a pooled vector of width {self.config.vector_dim}; got none")
            time = time + self.label_emb(vector)
        skips = []
        for stage in self.input_blocks:
            x = self.through(stage, x, time, context)
            skips.append(x)
        x = self.through(self.middle_block, x, time, context)
        for stage in self.output_blocks:
            x = torch.cat([x, skips.pop()], dim=1)
            size = skips[-1].shape[-2:] if skips else x.shape[-2:]
            x = self.through(stage, x, time, context, size)
        out: Tensor = self.out(x)
        return out

    def through(self, stage: nn.Module, *given: Tensor | torch.Size) -> Tensor:
        """A stage's result; with `checkpointing` its inside is computed again for the gradients, which saves memory."""
        assert isinstance(stage, Stage)
        if self.checkpointing and torch.is_grad_enabled():
            again: Tensor = checkpoint(stage.run, *given, use_reentrant=False)
            return again
        return stage.run(*given)  # type: ignore[arg-type]
