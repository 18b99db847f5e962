"""Muon over convolutions, against torch's own over the same matrices."""

from __future__ import annotations

import torch
from nodeflow_training.muon import Muon, as_matrix
from torch import nn


def test_a_convolution_moves_as_its_matrix_does_in_torch() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    linear = nn.Linear(5, 7)
    copies = [nn.Parameter(as_matrix(weight.detach()).clone()) for weight in (conv.weight, linear.weight)]
    ours = Muon([conv.weight, linear.weight], 1e-2, 0.1)
    theirs = torch.optim.Muon(copies, 1e-2, 0.1, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        conv.weight.grad = torch.randn(conv.weight.shape)
        linear.weight.grad = torch.randn(linear.weight.shape)
        copies[0].grad, copies[1].grad = as_matrix(conv.weight.grad), linear.weight.grad.clone()
        ours.step()
        theirs.step()
    assert torch.equal(as_matrix(conv.weight.detach()), copies[0])
    assert torch.equal(linear.weight.detach(), copies[1])


def test_a_matrix_holds_every_number_of_its_weight_by_output() -> None:
    weight = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).reshape(2, 3, 2, 2)
    matrix = as_matrix(weight)
    assert matrix.shape == (2, 12)
    assert matrix[1].sort().values.tolist() == weight[1].flatten().tolist()


def test_a_weight_without_gradient_stays() -> None:
    weight = nn.Parameter(torch.ones(3, 3))
    Muon([weight], 1e-2, 0.1).step()
    assert torch.equal(weight.detach(), torch.ones(3, 3))
