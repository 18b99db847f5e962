"""The wire types refuse what they cannot mean."""

import dataclasses

import pytest
import torch
from nodeflow_diffusion.types import Conditioning, Denoiser, Entry, Latent, ModelFile, Patch, TextEncoder, patched

FILE = ModelFile("checkpoints", "a.safetensors", "0" * 64)


def test_a_latent_knows_its_size_in_pixels() -> None:
    latent = Latent(torch.zeros(2, 16, 3, 5), factor=16)
    assert (latent.batch, latent.channels, latent.width, latent.height) == (2, 16, 80, 48)
    assert str(latent) == "latent of 2 x 16 channels, 80 x 48 pixels"


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (torch.zeros(4, 8, 8), r"samples of shape \[4, 8, 8\]: must be \[batch, channels, height, width\]"),
        (torch.zeros(1, 4, 8, 8, dtype=torch.float64), r"samples in torch.float64 on cpu: must be torch.float32"),
        (torch.zeros(1, 4, 8, 8, device="meta"), r"samples in torch.float32 on meta: must be .* on the CPU"),
    ],
)
def test_samples_have_one_form(samples: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Latent(samples)


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (3, 1, 8, 8)])
def test_a_noise_mask_is_one_for_all_or_one_for_each(shape: tuple[int, ...]) -> None:
    mask = torch.ones(shape)
    assert Latent(torch.zeros(3, 4, 8, 8), mask).noise_mask is mask


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (1, 4, 8, 8), (1, 1, 8, 9), (1, 8, 8)])
def test_another_noise_mask_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be \[1 or 3, 1, 8, 8\]"):
        Latent(torch.zeros(3, 4, 8, 8), torch.ones(shape))


def test_a_factor_is_at_least_a_pixel() -> None:
    with pytest.raises(ValueError, match="factor 0: must be at least 1 pixel a position"):
        Latent(torch.zeros(1, 4, 8, 8), factor=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"context": torch.zeros(77, 32)}, r"context of shape \[77, 32\]"),
        ({"strength": -1.0}, "strength -1.0: must be at least 0"),
        ({"strength": float("nan")}, "strength nan"),
        ({"start": 0.6, "end": 0.5}, "start 0.6 and end 0.5"),
        ({"end": 1.5}, "end 1.5"),
    ],
)
def test_an_entry_is_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(Entry(torch.zeros(1, 77, 32)), **changes)  # type: ignore[arg-type]


def test_a_conditioning_holds_something() -> None:
    with pytest.raises(ValueError, match="must have at least one"):
        Conditioning(())


def test_patches_come_one_after_the_other_and_leave_the_recipe_alone() -> None:
    first, second = Patch("lora", FILE, 0.5), Patch("lora", FILE)
    recipe = Denoiser(FILE)
    assert patched(patched(recipe, first), second).patches == (first, second)
    assert recipe.patches == ()
    assert patched(TextEncoder(FILE, last_layer=-2), first) == TextEncoder(FILE, (first,), -2)


def test_recipes_are_equal_by_what_they_say() -> None:
    assert Denoiser(FILE) == Denoiser(ModelFile("checkpoints", "a.safetensors", "0" * 64))
    assert len({Denoiser(FILE), Denoiser(FILE), Denoiser(FILE, prediction="v")}) == 2
