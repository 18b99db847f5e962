"""The group norm equals torch's, in the memory format that it was given, whichever way it takes."""

from __future__ import annotations

import pytest
import torch
from nodeflow_diffusion.lib.normalisation import GroupNorm
from torch import Tensor, nn

CASES = [(64, 8), (64, 32), (128, 4), (512, 8)]  # small and narrow, large, small and narrow, wide


def given(channels: int, side: int, *, last: bool) -> Tensor:
    x = torch.randn(3, channels, side, side, generator=torch.Generator().manual_seed(side)).bfloat16()
    return x.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


def norms(channels: int) -> tuple[GroupNorm, nn.GroupNorm]:
    ours, theirs = GroupNorm(32, channels), nn.GroupNorm(32, channels)
    torch.manual_seed(1)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    return ours.bfloat16(), theirs


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(("channels", "side"), CASES)
def test_the_result_is_torchs_in_the_same_memory_format(channels: int, side: int, last: bool) -> None:
    (ours, exact), x = norms(channels), given(channels, side, last=last)
    found = ours(x)
    assert torch.allclose(found.float(), exact(x.float()), atol=0.06, rtol=0.02)
    assert found.is_contiguous(memory_format=torch.channels_last) == last
    assert found.is_contiguous() != last


@pytest.mark.parametrize(("channels", "side"), CASES)
def test_gradients_are_torchs(channels: int, side: int) -> None:
    (ours, exact), x = norms(channels), given(channels, side, last=True)
    a, b = x.clone().requires_grad_(), x.float().requires_grad_()
    ours(a).float().square().mean().backward()
    exact(b).square().mean().backward()
    assert a.grad is not None
    assert b.grad is not None
    assert torch.allclose(a.grad.float(), b.grad, atol=float(b.grad.abs().max()) * 0.05)
