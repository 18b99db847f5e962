"""A U-Net that learns to denoise latents, by captions, and a text encoder that may learn with it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.unet import UNet
from torch import Tensor, nn

from nodeflow_training.average import Average
from nodeflow_training.batches import Batches
from nodeflow_training.loop import generator, hash_of
from nodeflow_training.muon import Muon
from nodeflow_training.objective import Objective, alphas_cumprod, noised
from nodeflow_training.progress import Stateful
from nodeflow_training.text_side import TextSide

OptimizerName = Literal["adamw", "muon"]


@dataclass(frozen=True)
class Method:
    """How a diffusion model learns. `text_rate` is the text encoder's share of the learning rate, 0 freezes it."""

    objective: Objective
    batch: int = 16
    learning_rate: float = 1e-4
    optimizer: OptimizerName = "adamw"
    weight_decay: float = 0.01
    text_rate: float = 0.0
    caption_drop: float = 0.1
    ema: float = 0.999
    autocast: bool = True
    seed: int = 0


class Both(nn.Module):
    """The networks that learn, under one name each."""

    def __init__(self, unet: nn.Module, text: nn.Module | None) -> None:
        super().__init__()
        self.unet = unet
        if text is not None:
            self.text = text


class DiffusionLearner:
    """Learns from `batches`: their captions by `text`, or contexts that were encoded before."""

    def __init__(self, unet: UNet, levels: NoiseLevels, batches: Batches, text: TextSide, method: Method) -> None:
        self.unet, self.batches, self.text, self.method = unet, batches, text, method
        self.abar = alphas_cumprod(levels)
        for network in (unet, text.module):
            network.requires_grad_(requires_grad=False)
        self.networks = self.learning().requires_grad_(requires_grad=True)
        self.average = Average(self.networks, method.ema)
        self._optimizers = self.made_optimizers()

    def learning(self) -> nn.Module:
        """What learns: the U-Net, and the text encoder if it has a rate."""
        return Both(self.unet, self.text.module if self.method.text_rate else None)

    def made_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """AdamW, or Muon for matrices and AdamW for the rest; the text encoder has a share of the rate."""
        named = list(self.networks.named_parameters())
        text = [weight for name, weight in named if name.startswith("text.")]
        weights = [weight for name, weight in named if not name.startswith("text.")]
        return _optimizers(weights, text, self.method)

    @property
    def device(self) -> torch.device:
        return next(self.unet.parameters()).device

    @property
    def parts(self) -> Mapping[str, Stateful]:
        return {"networks": self.networks, "average": self.average, **self._optimizers}

    @property
    def optimizers(self) -> Iterable[torch.optim.Optimizer]:
        return self._optimizers.values()

    @property
    def weights(self) -> Iterable[Tensor]:
        return self.networks.parameters()

    def loss(self, step: int, batch: int) -> Tensor:
        method = self.method
        rng = random.Random(hash_of(method.seed, "batch", step, batch))
        drawn = self.batches.draw(method.batch, method.caption_drop, rng)
        conditions = self.conditions(drawn.captions, drawn.rows, rng)
        return self.error(drawn.latents, conditions, generator(method.seed, step, batch))

    def conditions(
        self, captions: Sequence[str], rows: Tensor, rng: random.Random | None
    ) -> tuple[Tensor, Tensor | None]:
        """Contexts and vectors: those encoded before, if there are any, else the text encoder's."""
        data = self.batches.data
        if data.contexts is not None and not self.method.text_rate:
            pooled = None if data.pooled is None else data.pooled[rows].float().to(self.device)
            return data.contexts[rows].float().to(self.device), pooled
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.method.text_rate > 0):
            return self.text(captions, rng)

    def error(self, clean: Tensor, conditions: tuple[Tensor, Tensor | None], random_numbers: torch.Generator) -> Tensor:
        """The objective on latents [B, C, h, w]."""
        objective = self.method.objective
        t = objective.timesteps(len(clean), len(self.abar), random_numbers)
        noise = torch.randn(clean.shape, generator=random_numbers).to(self.device)
        clean, abar, t = clean.to(self.device), self.abar[t].to(self.device), t.to(self.device)
        x = noised(clean, noise, abar).contiguous(memory_format=torch.channels_last)
        context, vector = conditions
        with self.computing():
            predicted = self.unet(x, t, context, vector if self.unet.config.vector_dim else None)
        return objective.loss(predicted, clean, noise, abar)

    def computing(self) -> AbstractContextManager[None]:
        return computing(self.device.type, autocast=self.method.autocast)

    def learnt(self, step: int) -> None:
        self.average.update(self.networks, step)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The networks with the averaged weights, in a block."""
        with self.average.in_place(self.networks):
            yield


def computing(device: str, *, autocast: bool) -> AbstractContextManager[None]:
    """Networks compute in bfloat16 where they may, in a block."""
    context: AbstractContextManager[None] = torch.autocast(device, torch.bfloat16, enabled=autocast)
    return context


def _optimizers(
    weights: list[nn.Parameter], text: list[nn.Parameter], method: Method
) -> dict[str, torch.optim.Optimizer]:
    muon = method.optimizer == "muon"
    vectors = [weight for weight in weights if weight.ndim <= 1]
    matrices = [weight for weight in weights if weight.ndim > 1]
    groups: list[dict[str, object]] = [
        {"params": vectors, "weight_decay": 0.0, "share": 1.0},
        {"params": [] if muon else matrices, "share": 1.0},
        {"params": text, "share": method.text_rate},
    ]
    adam = torch.optim.AdamW(
        [group for group in groups if group["params"]],
        method.learning_rate,
        betas=(0.9, 0.99),
        weight_decay=method.weight_decay,
        fused=True,
    )
    return {"adam": adam, **({"muon": Muon(matrices, method.learning_rate, method.weight_decay)} if muon else {})}
