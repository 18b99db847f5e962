"""Latents made, stretched, turned, batched and blended, by hand computation."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.latent_batch import latent_batch, latent_from_batch, repeat_latent
from nodeflow_diffusion.latent_blend import blend_latents, composite_latent
from nodeflow_diffusion.latent_shape import crop_latent, flip_latent, rotate_latent, upscale_latent, upscale_latent_by
from nodeflow_diffusion.latents import EmptyLatent
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.noise_mask import set_latent_noise_mask
from nodeflow_diffusion.types import Latent

from nodeflow import Context, Mask

CTX = Context()


def counted(batch: int = 1, height: int = 2, width: int = 3, *, factor: int = 8, mask: bool = False) -> Latent:
    """Positions numbered row by row, in one channel."""
    samples = torch.arange(batch * height * width, dtype=torch.float32).reshape(batch, 1, height, width)
    return Latent(samples, samples / samples.max() if mask else None, factor)


def filled(value: float, size: int, *, batch: int = 1) -> Latent:
    return Latent(torch.full((batch, 1, size, size), float(value)))


def test_an_empty_latent_is_stable_diffusions() -> None:
    made = EmptyLatent(width=512, height=256, batch=2).run(CTX)
    assert made.samples.shape == (2, 4, 32, 64)
    assert made.factor == 8
    assert not made.samples.any()


def test_an_empty_latent_is_the_linked_vaes(ctx: Context, patchy: Checkpoint) -> None:
    made = EmptyLatent(width=128, height=64, vae=patchy.vae).run(ctx)
    assert made.samples.shape == (1, 16, 4, 8)
    assert made.factor == 16


def test_an_empty_latent_is_whole(ctx: Context, patchy: Checkpoint) -> None:
    with pytest.raises(ValueError, match="width 100: must be a multiple of 8 pixels here, such as 96 or 104"):
        EmptyLatent(width=100).run(CTX)
    with pytest.raises(ValueError, match="height 136: must be a multiple of 16 pixels here, such as 128 or 144"):
        EmptyLatent(height=136, vae=patchy.vae).run(ctx)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "area"])
def test_upscaling_to_a_size_takes_the_mask_along(method: str) -> None:
    flat = Latent(torch.full((1, 4, 2, 2), 3.0), torch.ones(1, 1, 2, 2))
    made = upscale_latent(latent=flat, width=48, height=32, method=method).run(CTX)
    assert torch.allclose(made.samples, torch.full((1, 4, 4, 6), 3.0), atol=1e-5)
    assert made.noise_mask is not None
    assert torch.equal(made.noise_mask, torch.ones(1, 1, 4, 6))


def test_nearest_repeats_and_area_averages() -> None:
    latent = Latent(torch.tensor([[[[0.0, 2.0], [4.0, 6.0]]]]))
    double = upscale_latent_by(latent=latent, scale=2.0).run(CTX)
    assert double.samples[0, 0].tolist() == [[0, 0, 2, 2], [0, 0, 2, 2], [4, 4, 6, 6], [4, 4, 6, 6]]
    assert upscale_latent_by(latent=double, scale=0.25, method="area").run(CTX).samples.tolist() == [[[[3.0]]]]


def test_scaling_rounds_to_positions() -> None:
    assert upscale_latent_by(latent=counted(), scale=1.3).run(CTX).samples.shape[-2:] == (3, 4)
    assert upscale_latent_by(latent=counted(), scale=0.01).run(CTX).samples.shape[-2:] == (1, 1)


def test_cropping() -> None:
    made = crop_latent(latent=counted(mask=True), x=8, y=8, width=16, height=16)
    with pytest.raises(ValueError, match=r"16 x 16 pixels at \(8, 8\) does not lie within .* 24 x 16 pixels"):
        made.run(CTX)
    made = crop_latent(latent=counted(height=3, mask=True), x=8, y=8, width=16, height=16).run(CTX)
    assert made.samples[0, 0].tolist() == [[4, 5], [7, 8]]
    assert made.noise_mask is not None
    assert torch.equal(made.noise_mask, made.samples / 8)
    with pytest.raises(ValueError, match="x 4: must be a multiple of 8"):
        crop_latent(latent=counted(), x=4, y=0, width=16, height=16).run(CTX)


def test_flipping() -> None:
    assert flip_latent(latent=counted()).run(CTX).samples[0, 0].tolist() == [[2, 1, 0], [5, 4, 3]]
    assert flip_latent(latent=counted(), direction="vertical").run(CTX).samples[0, 0].tolist() == [[3, 4, 5], [0, 1, 2]]


def test_rotating_is_clockwise() -> None:
    turned = {n: rotate_latent(latent=counted(), turns=n).run(CTX).samples[0, 0].tolist() for n in (1, 2, -1)}
    assert turned == {1: [[3, 0], [4, 1], [5, 2]], 2: [[5, 4, 3], [2, 1, 0]], -1: [[2, 5], [1, 4], [0, 3]]}


@given(st.integers(-3, 3), st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None)
def test_turning_around_and_on_is_the_start(turns: int, height: int, width: int) -> None:
    start = counted(height=height, width=width, mask=height * width > 1)
    there = rotate_latent(latent=start, turns=turns).run(CTX)
    back = rotate_latent(latent=there, turns=-turns).run(CTX)
    assert torch.equal(back.samples, start.samples)
    assert (back.noise_mask is None) == (start.noise_mask is None)


def test_batches_follow_each_other() -> None:
    made = latent_batch(first=counted(batch=2), second=counted()).run(CTX)
    assert torch.equal(made.samples, torch.cat([counted(batch=2).samples, counted().samples]))
    assert made.noise_mask is None


def test_a_latent_without_a_mask_may_change_everywhere_in_a_batch() -> None:
    made = latent_batch(first=counted(), second=counted(mask=True)).run(CTX)
    assert made.noise_mask is not None
    assert made.noise_mask[0].min() == 1
    assert torch.equal(made.noise_mask[1:], counted(mask=True).noise_mask)


def test_batches_are_of_one_kind_and_size() -> None:
    with pytest.raises(ValueError, match="24 x 16 and 16 x 16 pixels: sizes must be equal"):
        latent_batch(first=counted(), second=counted(width=2)).run(CTX)
    with pytest.raises(ValueError, match=r"1 channels and 8 pixels .* 1 channels and 16 pixels"):
        latent_batch(first=counted(), second=counted(factor=16)).run(CTX)


def test_repeating_goes_round() -> None:
    made = repeat_latent(latent=counted(batch=2, mask=True), times=2).run(CTX)
    assert made.samples[:, 0, 0, 0].tolist() == [0, 6, 0, 6]
    assert made.noise_mask is not None
    assert len(made.noise_mask) == 4
    assert repeat_latent(latent=counted(mask=True), times=3).run(CTX).noise_mask.shape[0] == 1


def test_taking_from_a_batch() -> None:
    made = latent_from_batch(latent=counted(batch=4, mask=True), index=1, length=2).run(CTX)
    assert made.samples[:, 0, 0, 0].tolist() == [6, 12]
    assert made.noise_mask.shape[0] == 2
    with pytest.raises(ValueError, match=r"index 3 and length 2: the batch holds 4, so .* at most 4"):
        latent_from_batch(latent=counted(batch=4), index=3, length=2).run(CTX)


def test_blending() -> None:
    assert blend_latents(base=filled(1, 2), top=filled(5, 2), factor=0.25).run(CTX).samples.unique().tolist() == [2.0]
    made = blend_latents(base=filled(1, 2), top=filled(5, 2, batch=3)).run(CTX)
    assert made.samples.shape == (3, 1, 2, 2)
    with pytest.raises(ValueError, match="batches of 2 and 3: must be equal, or one of them 1"):
        blend_latents(base=filled(1, 2, batch=2), top=filled(5, 2, batch=3)).run(CTX)


def test_compositing_cuts_at_the_borders() -> None:
    base = filled(0, 4)
    made = composite_latent(base=base, top=filled(1, 3), x=16, y=-8).run(CTX)
    assert made.samples[0, 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert not base.samples.any(), "the input is as it was"
    with pytest.raises(ValueError, match="x 32 and y 0: the top lies outside of the base"):
        composite_latent(base=base, top=filled(1, 3), x=32).run(CTX)
    with pytest.raises(ValueError, match="y 12: must be a multiple of 8"):
        composite_latent(base=base, top=filled(1, 3), y=12).run(CTX)


def test_feathering_fades_at_inner_edges_alone() -> None:
    made = composite_latent(base=filled(0, 5), top=filled(1, 4), feather=32).run(CTX)
    # Middles of the positions are 4, 12, 20 and 28 pixels from the inner edge; at the border nothing fades.
    ramp = torch.tensor([28, 20, 12, 4]) / 32
    assert torch.allclose(made.samples[0, 0, :4, :4], ramp[:, None] * ramp)
    assert not made.samples[0, 0, 4].any()
    whole = composite_latent(base=filled(0, 4), top=filled(1, 4), feather=32).run(CTX)
    assert whole.samples.min() == 1


def test_compositing_through_a_mask() -> None:
    half = Mask(np.array([[[1.0, 0.0]]], dtype=np.float32).repeat(2, axis=1))
    made = composite_latent(base=filled(0, 2), top=filled(1, 2), mask=half).run(CTX)
    assert made.samples[0, 0].tolist() == [[1, 0], [1, 0]]
    two = Mask(np.stack([half.values[0], 1 - half.values[0]]))
    assert composite_latent(base=filled(0, 2), top=filled(1, 2), mask=two).run(CTX).samples.shape[0] == 2
    with pytest.raises(ValueError, match="batches of 3 and 2"):
        composite_latent(base=filled(0, 2, batch=3), top=filled(1, 2), mask=two).run(CTX)


def test_a_noise_mask_is_resized_and_exact_where_it_is_flat() -> None:
    values = np.zeros((1, 32, 32), dtype=np.float32)
    values[:, :, 16:] = 1
    made = set_latent_noise_mask(latent=filled(0, 4, batch=2), mask=Mask(values)).run(CTX)
    assert made.noise_mask.shape == (1, 1, 4, 4)
    assert made.noise_mask[0, 0, 0, 0] == 0
    assert made.noise_mask[0, 0, 0, 3] == 1


def test_noise_masks_are_one_for_all_or_one_for_each() -> None:
    two = Mask(np.ones((2, 4, 4), dtype=np.float32))
    assert set_latent_noise_mask(latent=filled(0, 4, batch=2), mask=two).run(CTX).noise_mask.shape[0] == 2
    with pytest.raises(ValueError, match="2 masks for a batch of 3: must be one for all, or one for each"):
        set_latent_noise_mask(latent=filled(0, 4, batch=3), mask=two).run(CTX)
