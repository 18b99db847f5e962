"""Denoising inside a mask: what is outside stays as it was."""

from __future__ import annotations

import pytest
import torch
from nodeflow_diffusion.lib.inpaint import Inpaint
from nodeflow_diffusion.lib.noise import BrownianNoise, initial_noise
from nodeflow_diffusion.lib.samplers import SAMPLERS, sampler
from nodeflow_diffusion.lib.sampling import run
from torch import Tensor

SHAPE = (2, 4, 6, 6)


def halves() -> Tensor:
    """A mask that lets the right half change."""
    mask = torch.zeros(6, 6)
    mask[:, 3:] = 1
    return mask


def test_what_the_network_sees() -> None:
    seen: list[Tensor] = []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        seen.append(x)
        return torch.full_like(x, 7.0)

    original, noise, x = (torch.randn(SHAPE) for _ in range(3))
    out = Inpaint(denoise, original, noise, halves())(x, torch.tensor(2.0))
    assert torch.allclose(seen[0][..., :3], (original + 2 * noise)[..., :3])
    assert torch.equal(seen[0][..., 3:], x[..., 3:])
    assert torch.equal(out[..., :3], original[..., :3])
    assert bool((out[..., 3:] == 7).all())


def test_soft_masks_mix() -> None:
    original, noise = torch.zeros(SHAPE), torch.ones(SHAPE)
    inpaint = Inpaint(lambda x, _: torch.full_like(x, 8.0), original, noise, torch.full((6, 6), 0.25))
    assert torch.allclose(inpaint(torch.zeros(SHAPE), torch.tensor(1.0)), torch.tensor(2.0))
    assert torch.allclose(inpaint.restore(torch.zeros(SHAPE), 1.0), torch.tensor(0.75))


@pytest.mark.parametrize("name", SAMPLERS)
def test_after_every_sampler_the_outside_is_the_original(name: str) -> None:
    original, noise = torch.randn(SHAPE), initial_noise(SHAPE, 1)
    sigmas = torch.tensor([5.0, 2.0, 1.0, 0.4, 0.0])
    inpaint = Inpaint(lambda x, _: x * 0.1 + 3, original, noise, halves())
    x = run(sampler(name), inpaint, original + 5 * noise, sigmas, BrownianNoise(SHAPE, 1))
    restored = inpaint.restore(x)
    assert torch.equal(restored[..., :3], original[..., :3])
    assert torch.equal(restored[..., 3:], x[..., 3:])
    assert bool((restored[..., 3:] - original[..., 3:]).abs().max() > 0.5)
