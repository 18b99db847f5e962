"""The exponential moving average of the weights, which is what is used after training (arXiv:2006.11239, sec. 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The average of a network's weights; in the first steps it follows them faster."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: weight.detach().clone() for name, weight in network.named_parameters()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.weights.values()), list(network.parameters()), 1 - decay)

    @contextmanager
    def in_place(self, network: nn.Module) -> Iterator[None]:
        """The network has the averaged weights in the block, and its own again after it."""
        own = {name: weight.data for name, weight in network.named_parameters()}
        for name, weight in network.named_parameters():
            weight.data = self.weights[name]
        try:
            yield
        finally:
            for name, weight in network.named_parameters():
                weight.data = own[name]

    def state_dict(self) -> dict[str, Tensor]:
        return self.weights

    def load_state_dict(self, state_dict: dict[str, Tensor], /) -> None:
        for name, weight in state_dict.items():
            self.weights[name].copy_(weight)
