"""Muon for convolutions too: momentum whose matrix is brought near an orthogonal one before it is applied.

Jordan et al. 2024 (https://kellerjordan.github.io/posts/muon/); the scale of the update is that of Liu et al. 2025
(arXiv:2502.16982, sec. 2.2), so that a learning rate means what it means to AdamW. torch's own takes matrices alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


class Muon(torch.optim.Muon):
    """torch's Muon over weights [out, in] and [out, in, h, w]; the latter are seen as matrices [out, h * w * in]."""

    def __init__(self, weights: Iterable[Tensor], rate: float, weight_decay: float) -> None:
        self.weights = list(weights)
        matrices = [torch.nn.Parameter(as_matrix(weight.detach())) for weight in self.weights]
        super().__init__(matrices, rate, weight_decay, adjust_lr_fn="match_rms_adamw")

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step from the gradients of the weights, which share their memory with the matrices."""
        matrices = (matrix for group in self.param_groups for matrix in group["params"])
        for weight, matrix in zip(self.weights, matrices, strict=True):
            matrix.grad = None if weight.grad is None else as_matrix(weight.grad)
        super().step(closure)  # type: ignore[no-untyped-call]


def as_matrix(weight: Tensor) -> Tensor:
    """The weight as a matrix over its own memory, where that is possible: it is for weights in `channels_last`."""
    return weight.permute(0, 2, 3, 1).flatten(1) if weight.ndim == 4 else weight
