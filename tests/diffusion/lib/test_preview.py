"""Previews of latents by a linear map."""

from __future__ import annotations

import pytest
import torch
from nodeflow_diffusion.lib.preview import STABLE_DIFFUSION_1, LatentRGB


def test_by_hand() -> None:
    rgb = LatentRGB(torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), torch.tensor([0.0, 0.0, -1.0]))
    latent = torch.tensor([[[[0.0, 1.0]], [[0.5, -3.0]]]])
    assert rgb(latent).tolist() == [[[[128, 255, 0], [255, 0, 0]]]]
    assert rgb(latent).dtype == torch.uint8
    assert rgb(latent.repeat(3, 1, 5, 1)).shape == (3, 5, 2, 3)


def test_stable_diffusion_has_four_channels() -> None:
    assert STABLE_DIFFUSION_1(torch.zeros(1, 4, 2, 2)).shape == (1, 2, 2, 3)
    with pytest.raises(ValueError, match="latent of 16 channels; this map takes 4"):
        STABLE_DIFFUSION_1(torch.zeros(1, 16, 2, 2))


def test_a_linear_map_is_found() -> None:
    truth = LatentRGB(torch.randn(6, 3), torch.randn(3))
    latents = torch.randn(2, 6, 8, 8)
    pictures = (latents.movedim(1, -1) @ truth.weights + truth.bias).movedim(-1, 1)
    found = LatentRGB.fit(latents, pictures)
    assert torch.allclose(found.weights, truth.weights, atol=1e-4)
    assert torch.allclose(found.bias, truth.bias, atol=1e-4)


def test_json_and_back() -> None:
    rgb = LatentRGB(torch.randn(16, 3), torch.randn(3))
    back = LatentRGB.parse(rgb.dump())
    assert torch.equal(back.weights, rgb.weights)
    assert torch.equal(back.bias, rgb.bias)


@pytest.mark.parametrize("text", ["", "[]", "3", "[[1, 2, 3]]", "[[1, 2], [3, 4]]", "[[1, 2, 3], [4, 5]]"])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (json's, torch's or ours)
        LatentRGB.parse(text)
