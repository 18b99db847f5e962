"""Gradients of our U-Net equal those of diffusers' on the same weights, also with its stages computed again."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.diffusers_layout import unet_names
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_training.objective import Objective, alphas_cumprod, noised

CONFIG = UNetConfig(channels=(32, 32, 64), res_blocks=2, depths=(1, 1, 0), context_dim=48, heads=4)


@pytest.fixture(scope="module")
def theirs() -> Any:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        block_out_channels=CONFIG.channels,
        down_block_types=["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
        up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2,
        cross_attention_dim=CONFIG.context_dim,
        attention_head_dim=4,
    )


@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_those_of_diffusers(theirs: Any, checkpointing: bool) -> None:
    names = unet_names(theirs.state_dict())
    ours = UNet(CONFIG)
    ours.load_state_dict({names[name]: tensor for name, tensor in theirs.state_dict().items()})
    ours.checkpointing = checkpointing
    clean, noise, context = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8), torch.randn(2, 7, 48)
    t = torch.tensor([30, 700])
    abar = alphas_cumprod(NoiseLevels.scaled_linear())[t]
    x = noised(clean, noise, abar)
    losses = [Objective().loss(out, clean, noise, abar) for out in (ours(x, t, context), theirs(x, t, context).sample)]
    theirs.zero_grad()
    for loss in losses:
        loss.backward()
    assert torch.allclose(*losses, rtol=1e-5)
    gradients = dict(ours.named_parameters())
    for name, weight in theirs.named_parameters():
        found = gradients[names[name]].grad
        assert found is not None
        assert weight.grad is not None
        assert torch.allclose(found, weight.grad, rtol=1e-3, atol=1e-5 * float(weight.grad.abs().max() + 1)), name
