"""The lessons show what is so: both ways of the forward process agree, attention maps are probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.types import Latent
from nodeflow_training.attention_lesson import listening, over, token_places
from nodeflow_training.chart import Line, beside, chart, grid
from nodeflow_training.latent_lesson import between, channels
from nodeflow_training.lessons import varied, walked
from nodeflow_training.nodes.lessons import image_grid

from nodeflow import Context, Image

ABAR = 1 / (1 + NoiseLevels.scaled_linear().sigmas.double() ** 2)


def test_the_closed_form_and_the_steps_agree() -> None:
    x0 = torch.rand(1, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    (closed, stepped), difference = walked(x0, ABAR, [0, 300, 999], 1, Context())
    assert difference < 1e-9
    assert all(np.array_equal(a, b) for a, b in zip(closed, stepped, strict=True))
    assert np.abs(closed[0].astype(int) - ((x0[0].movedim(0, -1).numpy() + 1) * 127.5)).mean() < 5
    assert not np.array_equal(closed[0], closed[1])


def latents(seed: int) -> Latent:
    return Latent(torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(seed)), factor=4)


@pytest.mark.parametrize("way", ["straight", "arc"])
def test_a_way_between_latents_has_their_ends(way: str) -> None:
    first, second = latents(1), latents(2)
    found = between(first, second, 5, way)  # type: ignore[arg-type]
    assert (found.batch, found.factor) == (5, 4)
    assert torch.allclose(found.samples[0], first.samples[0], atol=1e-5)
    assert torch.allclose(found.samples[4], second.samples[0], atol=1e-5)
    middle = float(found.samples[2].norm() / first.samples[0].norm())
    assert middle == pytest.approx(1.0, abs=0.1) if way == "arc" else middle < 0.9
    with pytest.raises(ValueError, match="both must be of one size"):
        between(first, Latent(torch.zeros(1, 4, 2, 2)), 3, "straight")


def test_channels_are_gray_tiles() -> None:
    latent = Latent(torch.stack([torch.full((2, 3), v) for v in (-3.0, 0.0, 3.0, 9.0)])[None])
    pixels = channels(latent, 2).pixels[0]
    assert pixels.shape == (2 * 4 + 4, 2 * 6 + 4, 3)
    corners = [pixels[y, x, 0] for y in (0, -1) for x in (0, -1)]
    assert corners == pytest.approx([0, 127 / 255, 1, 1], abs=0.01)


@torch.no_grad()
def test_attention_maps_are_shares_of_all_tokens() -> None:
    torch.manual_seed(0)
    unet = UNet(UNetConfig(channels=(32, 32), depths=(1, 1), res_blocks=1, heads=4, context_dim=16)).eval()
    x, context = torch.randn(2, 4, 8, 12), torch.randn(2, 5, 16)
    before = unet(x, torch.tensor([5.0, 5.0]), context)
    with listening(unet, 8, 12) as heard:
        assert torch.equal(unet(x, torch.tensor([5.0, 5.0]), context), before)
    assert isinstance(heard.maps, torch.Tensor)
    assert heard.maps.shape == (5, 8, 12)
    layers = sum(name.endswith("attn2") for name, _ in unet.named_modules())
    assert torch.allclose(heard.maps.sum(dim=0), torch.full((8, 12), float(layers)), atol=1e-4)
    unet(x, torch.tensor([5.0, 5.0]), context)
    assert float(heard.maps.sum()) == pytest.approx(layers * 96, rel=1e-4)


def test_words_are_found_among_the_tokens() -> None:
    assert token_places([5, 6, 7, 6], [6], "six") == [2, 4]
    assert token_places([5, 6, 7], [6, 7], "six seven") == [2, 3]
    with pytest.raises(ValueError, match="no word 'nine' in the prompt"):
        token_places([5, 6], [9], "nine")


def test_a_map_is_hot_where_it_is_high() -> None:
    where = torch.zeros(4, 4)
    where[0, 0] = 1
    drawn = over(np.full((32, 32, 3), 100, np.uint8), where)
    assert drawn[0, 0, 0] > drawn[-1, -1, 0]
    assert drawn[0, 0, 2] < drawn[-1, -1, 2]


@pytest.mark.parametrize(("name", "text"), [("steps", "0"), ("steps", "2.5"), ("cfg", "much"), ("cfg", "-1")])
def test_values_that_are_none_are_told(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"{name} '{text}': must be"):
        varied(name, text)


@pytest.mark.parametrize(("height", "named"), [(0.98, "middle"), (0.1, "top")])
def test_names_of_curves_stand_where_no_curve_is(height: float, named: str) -> None:
    """Both axes go from 0 to 10 and to 1: the curve is at the top, or near the ground."""
    points = [(0.0, 1.0), *((0.1 * i, height) for i in range(1, 101))]
    drawn = chart([Line(points, "curve")], "title").astype(int)
    inked = (255 - drawn).max(axis=-1) > 100
    places = {"top": inked[38:50, 400:462], "middle": inked[150:170, 400:462]}
    assert {name: place.any() for name, place in places.items()} == {"middle": named == "middle", "top": named == "top"}


def test_a_grid_has_all_pictures_and_a_chart_its_curve() -> None:
    tiles = [np.full((20, 40, 3), 10 * i, np.uint8) for i in range(5)]
    drawn = grid(tiles, 3, ["one two three four five six", "b"])
    assert drawn.shape[1] == 3 * 44 - 4
    assert {10 * i for i in range(5)} <= set(np.unique(drawn).tolist())
    flat = chart([Line([(0, 1.0), (9, 1.0)], "flat")], "title", log=True)
    curve = chart([Line([(0, 1.0), (9, 0.01)], "steep")], "title", log=True)
    assert flat.shape == curve.shape == (320, 480, 3)
    assert not np.array_equal(flat, curve)
    assert chart([Line([])], "nothing yet").shape == flat.shape
    assert beside([flat, drawn]).shape == (320, 480 + 8 + drawn.shape[1], 3)
    image = Image(np.stack(tiles).astype(np.float32) / np.float32(255))
    assert image_grid(image=image, columns=5).run(Context()).pixels.shape == (1, 20, 5 * 44 - 4, 3)
