"""Tiled encoding and decoding against the untiled, and the blending by closed form."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.tiles import Tiling, _blended, decode_tiled, encode_tiled
from nodeflow_diffusion.lib.vae import VAE
from torch import Tensor


def ignore(done: int, total: int) -> None:
    """Progress that nobody looks at."""


def enlarged(x: Tensor) -> Tensor:
    return x.repeat_interleave(4, 2).repeat_interleave(4, 3)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 64), st.data())
def test_tiles_cover_a_side_and_overlap(size: int, tile: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tile - 1))
    starts = Tiling(tile, overlap).starts(size)
    assert starts[0] == 0
    assert starts[-1] + tile >= size
    assert all(a < b <= a + tile - overlap for a, b in itertools.pairwise(starts))


@pytest.mark.parametrize(("tile", "overlap"), [(8, 8), (8, -1), (0, 0)])
def test_wrong_tilings(tile: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="must be 0 <= overlap < tile"):
        Tiling(tile, overlap)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(2, 7), st.data())
def test_blending_what_is_local_changes_nothing(height: int, width: int, tile: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tile - 1))
    x = torch.randn(2, 3, height, width)
    larger = _blended(enlarged, x, Tiling(tile, overlap), (1, 4), ignore)
    assert torch.allclose(larger, enlarged(x), atol=1e-5)
    smaller = _blended(lambda t: t[..., ::4, ::4], larger, Tiling(tile, overlap), (4, 1), ignore)
    assert torch.allclose(smaller, x, atol=1e-5)


def test_two_tiles_fade_into_each_other() -> None:
    """One tile says 0, the next 1; over the overlap of 4 the second takes over in equal steps."""
    values = iter([0.0, 1.0])
    out = _blended(lambda t: torch.full_like(t, next(values)), torch.zeros(1, 1, 4, 12), Tiling(8, 4), (1, 1), ignore)
    row = out[0, 0, 2]
    assert row[:4].tolist() == [0, 0, 0, 0]
    assert torch.allclose(row[4:8], torch.tensor([0.125, 0.375, 0.625, 0.875]))
    assert row[8:].tolist() == [1, 1, 1, 1]


def waves(channels: int, size: int, period: int) -> Tensor:
    """Smooth, and alike everywhere: norms over a tile and over the whole see much the same."""
    angle = torch.arange(size) * 2 * torch.pi / period
    return torch.stack([torch.sin(angle[:, None] + c) * torch.cos(angle + 2 * c) for c in range(channels)])[None]


def error(tiled: Tensor, whole: Tensor) -> float:
    """The root of the mean square of the difference, by the deviation of the whole."""
    return float((tiled - whole).square().mean().sqrt() / whole.std())


@torch.no_grad()
def test_decoding_is_close_to_the_untiled(small_vae: VAE) -> None:
    latent = waves(4, 32, period=8)
    assert error(decode_tiled(small_vae, latent, Tiling(24, 16)), small_vae.decode(latent)) < 0.1


@torch.no_grad()
def test_encoding_is_close_to_the_untiled(small_vae: VAE) -> None:
    x = waves(3, 64, period=16)
    assert error(encode_tiled(small_vae, x, Tiling(24, 16)), small_vae.encode(x)) < 0.1


@torch.no_grad()
def test_no_seams(small_vae: VAE) -> None:
    """Where tiles meet, neighbouring pixels differ no more than within a tile."""
    tiled = decode_tiled(small_vae, waves(4, 28, period=8), Tiling(16, 4))
    steps = tiled.diff(dim=3).abs().mean(dim=(0, 1, 2))
    within, seams = steps[4:23], steps[23:32]
    assert float(seams.max()) < 1.2 * float(within.max())


@torch.no_grad()
def test_one_tile_is_the_untiled(small_vae: VAE) -> None:
    x, latent = waves(3, 16, 8), torch.randn(2, 4, 8, 8)
    assert torch.allclose(encode_tiled(small_vae, x), small_vae.encode(x), atol=1e-6)
    assert torch.allclose(decode_tiled(small_vae, latent), small_vae.decode(latent), atol=1e-5)
    tiled, whole = (
        encode(small_vae, x, generator=torch.Generator().manual_seed(1)) for encode in (encode_tiled, VAE.encode)
    )
    assert torch.allclose(tiled, whole, atol=1e-5)


def test_the_network_never_sees_more_than_a_tile(small_vae: VAE, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []

    def decode(latent: Tensor) -> Tensor:
        seen.append(tuple(latent.shape[-2:]))
        return latent[:, :3].repeat_interleave(2, 2).repeat_interleave(2, 3)

    told: list[tuple[int, int]] = []
    monkeypatch.setattr(small_vae, "decode", decode)
    decode_tiled(small_vae, torch.zeros(1, 4, 20, 9), Tiling(8, 2), lambda done, total: told.append((done, total)))
    assert set(seen) == {(8, 8)}
    assert told == [(i, 6) for i in range(1, 7)]
