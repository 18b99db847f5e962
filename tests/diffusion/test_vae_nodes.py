"""Pictures to latents and back: by the VAE alone, in tiles, for inpainting, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.types import Latent
from nodeflow_diffusion.vae import VAEDecode, VAEDecodeTiled, VAEEncode, VAEEncodeForInpaint, VAEEncodeTiled

from nodeflow import Cancelled, Context, Image, Mask


def picture(height: int, width: int, *, batch: int = 1, channels: int = 3) -> Image:
    values = np.random.default_rng(0).random((batch, height, width, channels), dtype=np.float32)
    return Image(values)


def test_encoding_is_the_vaes(small: Checkpoint, ctx: Context) -> None:
    image = picture(16, 24, batch=2)
    made = VAEEncode(image=image, vae=small.vae).run(ctx)
    with torch.no_grad():
        wanted = weights.vae(small.vae, ctx).encode(torch.tensor(image.pixels).permute(0, 3, 1, 2) * 2 - 1)
    assert torch.allclose(made.samples, wanted, atol=1e-5)
    assert made.factor == 8
    assert made.noise_mask is None


def test_decoding_is_the_vaes_cut_to_what_can_be_shown(small: Checkpoint, ctx: Context) -> None:
    latent = Latent(torch.randn(2, 4, 2, 3, generator=torch.Generator().manual_seed(0)) * 5)
    made = VAEDecode(latent=latent, vae=small.vae).run(ctx)
    with torch.no_grad():
        wanted = (weights.vae(small.vae, ctx).decode(latent.samples).permute(0, 2, 3, 1).numpy() + 1) / 2
    assert made.pixels.shape == (2, 16, 24, 3)
    np.testing.assert_allclose(made.pixels, wanted.clip(0, 1), atol=1e-5)


def test_latents_are_of_the_vaes_kind(patchy: Checkpoint, ctx: Context) -> None:
    made = VAEEncode(image=picture(32, 48), vae=patchy.vae).run(ctx)
    assert made.samples.shape == (1, 16, 2, 3)
    assert made.factor == 16
    assert VAEDecode(latent=made, vae=patchy.vae).run(ctx).size == (48, 32)


def test_transparency_is_left_out(small: Checkpoint, ctx: Context) -> None:
    image = picture(16, 16, channels=4)
    opaque = Image(np.ascontiguousarray(image.pixels[..., :3]))
    made, wanted = (VAEEncode(image=each, vae=small.vae).run(ctx).samples for each in (image, opaque))
    assert torch.equal(made, wanted)


@pytest.mark.parametrize("node", [VAEEncode, VAEEncodeTiled, VAEEncodeForInpaint])
def test_pictures_are_whole_positions(node: Any, patchy: Checkpoint, ctx: Context) -> None:
    more = {"mask": Mask(np.ones((1, 8, 8), dtype=np.float32))} if node is VAEEncodeForInpaint else {}
    with pytest.raises(
        ValueError, match="the picture's width 40: must be a multiple of 16 pixels here, such as 32 or 48"
    ):
        node(image=picture(32, 40), vae=patchy.vae, **more).run(ctx)
    with pytest.raises(ValueError, match="the picture's height 24: must be a multiple of 16"):
        node(image=picture(24, 32), vae=patchy.vae, **more).run(ctx)


def test_another_vaes_latent_is_refused(small: Checkpoint, patchy: Checkpoint, ctx: Context) -> None:
    latent = VAEEncode(image=picture(32, 32), vae=patchy.vae).run(ctx)
    with pytest.raises(ValueError, match="16 channels and 16 pixels a position, where this VAE decodes 4 channels"):
        VAEDecode(latent=latent, vae=small.vae).run(ctx)


def test_one_tile_is_the_whole(small: Checkpoint, ctx: Context) -> None:
    image = picture(32, 64, batch=2)
    whole, tiled = (node(image=image, vae=small.vae).run(ctx) for node in (VAEEncode, VAEEncodeTiled))
    assert torch.allclose(whole.samples, tiled.samples, atol=1e-5)
    pictures = [node(latent=whole, vae=small.vae).run(ctx).pixels for node in (VAEDecode, VAEDecodeTiled)]
    np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-5)


def test_tiles_make_a_picture_of_the_right_size(small: Checkpoint, ctx: Context) -> None:
    image = picture(128, 72)
    latent = VAEEncodeTiled(image=image, vae=small.vae, tile=64, overlap=16).run(ctx)
    assert latent.samples.shape == (1, 4, 16, 9)
    assert VAEDecodeTiled(latent=latent, vae=small.vae, tile=64, overlap=16).run(ctx).size == (72, 128)


@pytest.mark.parametrize(
    ("tile", "overlap", "message"),
    [(64, 64, "must be 0 <= overlap < tile"), (100, 8, "tile 100: must be a multiple of 8"), (64, 4, "overlap 4")],
)
def test_tiles_are_whole_positions(small: Checkpoint, ctx: Context, tile: int, overlap: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VAEEncodeTiled(image=picture(64, 64), vae=small.vae, tile=tile, overlap=overlap).run(ctx)


def test_inpainting_grays_the_masked_part_and_frees_a_larger_one(small: Checkpoint, ctx: Context) -> None:
    image = picture(32, 32)
    values = np.zeros((1, 32, 32), dtype=np.float32)
    values[:, 8:16, 8:16] = 1
    made = VAEEncodeForInpaint(image=image, vae=small.vae, mask=Mask(values), grow=0).run(ctx)
    grayed = image.pixels.copy()
    grayed[:, 8:16, 8:16] = 0.5
    wanted = VAEEncode(image=Image(grayed), vae=small.vae).run(ctx)
    assert torch.allclose(made.samples, wanted.samples, atol=1e-6)
    assert made.noise_mask is not None
    assert made.noise_mask[0, 0].nonzero().tolist() == [[1, 1]]
    grown = VAEEncodeForInpaint(image=image, vae=small.vae, mask=Mask(values), grow=1).run(ctx)
    assert torch.equal(grown.samples, made.samples)
    assert grown.noise_mask is not None
    assert grown.noise_mask[0, 0].nonzero().tolist() == [[y, x] for y in range(3) for x in range(3)]


def test_masks_for_inpainting_are_one_for_all_or_one_for_each(small: Checkpoint, ctx: Context) -> None:
    two = Mask(np.ones((2, 4, 4), dtype=np.float32))
    made = VAEEncodeForInpaint(image=picture(16, 16, batch=2), vae=small.vae, mask=two).run(ctx)
    assert made.noise_mask is not None
    assert made.noise_mask.shape == (2, 1, 2, 2)
    with pytest.raises(ValueError, match="2 masks for 3 pictures: must be one for all, or one for each"):
        VAEEncodeForInpaint(image=picture(16, 16, batch=3), vae=small.vae, mask=two).run(ctx)


def test_progress_counts_pictures_and_their_tiles(small: Checkpoint, ctx: Context) -> None:
    told: list[tuple[float, float]] = []
    noting = replace(ctx, report=lambda done, total, _preview: told.append((done, total)))
    VAEEncode(image=picture(16, 16, batch=2), vae=small.vae).run(noting)
    assert told == [(0, 2), (1, 2), (2, 2)]
    told.clear()
    VAEDecodeTiled(latent=Latent(torch.zeros(1, 4, 14, 8)), vae=small.vae, tile=64, overlap=16).run(noting)
    assert told == [(0, 1), (0.5, 1), (1, 1), (1, 1)]


def test_cancelling_stops_between_pictures(small: Checkpoint, ctx: Context) -> None:
    ctx.cancellation.cancel()
    with pytest.raises(Cancelled):
        VAEDecode(latent=Latent(torch.zeros(1, 4, 2, 2)), vae=small.vae).run(ctx)
