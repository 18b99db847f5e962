"""A U-Net that learns by thin matrices beside its weights, which stay as they are."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from nodeflow_diffusion.lib.lora_layout import diffusers_name
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.unet import UNet
from safetensors.torch import save_file
from torch import Tensor, nn

from nodeflow_training.batches import Batches
from nodeflow_training.diffusion_learner import DiffusionLearner, Method
from nodeflow_training.loop import generator, hash_of
from nodeflow_training.objective import noised
from nodeflow_training.text_side import TextSide


class Adapted(nn.Module):
    """A linear layer with `up` and `down` beside it; it begins as it was, since `up` is 0."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer, self.active = layer, True
        self.down = nn.Linear(layer.in_features, rank, bias=False, device=layer.weight.device)
        self.up = nn.Linear(rank, layer.out_features, bias=False, device=layer.weight.device)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer(x)
        return out + self.up(self.down(x)) if self.active else out


def adapt(unet: UNet, endings: Sequence[str], rank: int, seed: int) -> dict[str, Adapted]:
    """Puts adapters around the linear layers whose names end so. Raises ValueError if there are none."""
    wanted = [
        name
        for name, layer in unet.named_modules()
        if isinstance(layer, nn.Linear) and name.endswith(tuple(f".{ending}" for ending in endings))
    ]
    if not wanted:
        raise ValueError(f"no linear layer of the model has a name that ends in {', '.join(endings)}; to_q is one")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        adapted = {name: Adapted(_linear(unet, name), rank) for name in wanted}
    for name, module in adapted.items():
        parent, _, last = name.rpartition(".")
        setattr(unet.get_submodule(parent), last, module)
    return adapted


def _linear(unet: UNet, name: str) -> nn.Linear:
    layer = unet.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


class LoRALearner(DiffusionLearner):
    """Learns what adapters add; with `others` it is held to what the model makes of those without them."""

    def __init__(
        self,
        unet: UNet,
        levels: NoiseLevels,
        batches: Batches,
        text: TextSide,
        method: Method,
        adapters: dict[str, Adapted],
        others: Batches | None = None,
        others_weight: float = 1.0,
    ) -> None:
        self.adapters, self.others, self.others_weight = adapters, others, others_weight
        super().__init__(unet, levels, batches, text, method)

    def learning(self) -> nn.Module:
        thin = [side for adapter in self.adapters.values() for side in (adapter.down, adapter.up)]
        return nn.ModuleList(thin)

    def loss(self, step: int, batch: int) -> Tensor:
        loss = super().loss(step, batch)
        if self.others is None:
            return loss
        return loss + self.others_weight * self._apart(self.others, step, batch)

    def _apart(self, others: Batches, step: int, batch: int) -> Tensor:
        """The mean squared difference of what is predicted for other captions, with adapters and without."""
        method, rng = self.method, random.Random(hash_of(self.method.seed, "others", step, batch))
        numbers = generator(method.seed, "others", step, batch)
        drawn = others.draw(method.batch, method.caption_drop, rng)
        t = method.objective.timesteps(method.batch, len(self.abar), numbers)
        noise = torch.randn(drawn.latents.shape, generator=numbers)
        x, t = noised(drawn.latents, noise, self.abar[t]).to(self.device), t.to(self.device)
        with torch.no_grad():
            context, vector = self.text(drawn.captions, rng)
        vector_or_none = vector if self.unet.config.vector_dim else None
        with self.computing():
            own = self.unet(x, t, context, vector_or_none)
            with torch.no_grad(), self.without():
                before = self.unet(x, t, context, vector_or_none)
        apart: Tensor = (own.float() - before.float()).square().mean()
        return apart

    @contextmanager
    def without(self) -> Iterator[None]:
        """The model as it was, in a block."""
        for adapter in self.adapters.values():
            adapter.active = False
        try:
            yield
        finally:
            for adapter in self.adapters.values():
                adapter.active = True


def save_lora(path: Path, adapters: dict[str, Adapted], res_blocks: int) -> None:
    """Writes a file in the names of peft, as diffusers loads it; its alpha is its rank, so it scales by 1."""
    tensors = {}
    for name, adapter in adapters.items():
        layer = f"unet.{diffusers_name(name, res_blocks)}"
        tensors[f"{layer}.lora_A.weight"] = adapter.down.weight.detach().cpu().contiguous()
        tensors[f"{layer}.lora_B.weight"] = adapter.up.weight.detach().cpu().contiguous()
    save_file(tensors, path, metadata={"format": "pt"})
