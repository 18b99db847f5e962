"""Scales by hand, rows of latents against the pipeline that packs them, and maps of colours against a known VAE."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxPipeline, StableDiffusionPipeline
from diffusers.configuration_utils import FrozenDict
from nodeflow_diffusers.folder import PipelineError
from nodeflow_diffusers.latents import factor, unpacked, unscaled
from nodeflow_diffusers.preview import fitted

KNOWN = torch.tensor([[0.5, -0.2, 0.1], [0.1, 0.4, -0.3], [-0.2, 0.3, 0.6], [0.3, 0.3, 0.3]])
"""What each channel of `LinearVAE` takes of red, green and blue."""


@dataclass
class LinearVAE:
    """Its latents are a linear map of the colours, with a little texture at the edge of the picture."""

    config: Any
    device: str = "cpu"
    dtype: torch.dtype = torch.float32

    def encode(self, pictures: torch.Tensor) -> Any:
        small = torch.nn.functional.avg_pool2d(pictures, 2)
        latents = torch.einsum("cr,brhw->bchw", KNOWN, small) + 0.25
        latents[..., 0, :] += 5
        return SimpleNamespace(latents=latents)


def vae(**config: Any) -> LinearVAE:
    return LinearVAE(FrozenDict({"block_out_channels": (32, 64), **config}))


def test_pictures_shrink_by_two_for_each_block_but_one() -> None:
    assert factor(vae()) == 2
    assert factor(vae(block_out_channels=(1, 2, 3, 4))) == 8
    with pytest.raises(PipelineError, match="a LinearVAE does not say how far it shrinks pictures"):
        factor(vae(block_out_channels=None))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, 3.0),
        ({"scaling_factor": 0.5}, 6.0),
        ({"scaling_factor": 0.5, "shift_factor": 0.25}, 6.25),
        ({"scaling_factor": 0.5, "latents_mean": [1.0], "latents_std": [2.0]}, 13.0),
        ({"scaling_factor": None, "latents_mean": [1.0], "latents_std": [2.0]}, 7.0),
    ],
)
def test_scales_are_undone(config: dict[str, Any], expected: float) -> None:
    assert unscaled(torch.full((1, 1, 1, 1), 3.0), vae(**config)).item() == expected


def test_rows_become_pictures_again() -> None:
    latents = torch.randn(2, 4, 12, 8)
    packed = FluxPipeline._pack_latents(latents, 2, 4, 12, 8)
    assert packed.ndim == 3
    assert torch.equal(unpacked(FluxPipeline, packed, (16, 24), vae()), latents)
    assert unpacked(StableDiffusionPipeline, latents, (16, 24), vae()) is latents


@pytest.mark.parametrize("shape", [(1, 6, 16), (1, 4, 3, 8, 8)])
def test_what_is_no_batch_of_pictures_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PipelineError, match="pictures have four dimensions"):
        unpacked(StableDiffusionPipeline, torch.zeros(shape), (16, 24), vae())


def test_the_map_of_colours_inverts_a_linear_vae() -> None:
    colours = fitted(vae())
    picture = torch.rand(2, 3, 12, 8)
    latents = torch.einsum("cr,brhw->bchw", KNOWN, picture * 2 - 1) + 0.25
    found = colours(latents).pixels
    assert found.dtype == np.float32
    assert np.allclose(found, picture.movedim(1, -1).numpy(), atol=1e-4)


def test_noise_that_no_colour_makes_is_not_seen() -> None:
    """In the direction of the latent in which plain colours do not differ, the map is blind."""
    colours = fitted(vae())
    blind = torch.linalg.svd(KNOWN.T).Vh[-1].view(1, 4, 1, 1)
    plain = torch.full((1, 4, 2, 2), 0.25)
    assert np.allclose(colours(plain).pixels, colours(plain + 3 * blind).pixels, atol=1e-4)
