"""A packed convolution is the plain one, only faster."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import Checkpoint
from nodeflow_diffusion.lib.convolution import PACKS, Conv2d, pack
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.vae import VAE
from torch import nn

pytestmark = pytest.mark.skipif(not PACKS, reason="this build of torch packs no weights")
BUILDS: dict[str, dict[str, Any]] = {
    "3x3": {"kernel_size": 3, "padding": 1},
    "1x1": {"kernel_size": 1},
    "strided": {"kernel_size": 3, "stride": 2},
    "no bias": {"kernel_size": 3, "padding": 1, "bias": False},
}


def pair(dtype: torch.dtype, **build: Any) -> tuple[nn.Conv2d, Conv2d]:
    """torch's convolution and ours, with the same weights, ours packed."""
    torch.manual_seed(0)
    theirs = nn.Conv2d(48, 40, **build).to(dtype)
    ours = Conv2d(48, 40, **build).to(dtype)
    ours.load_state_dict(theirs.state_dict())
    ours.pack()
    return theirs, ours


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("size", [(2, 48, 8, 8), (1, 48, 33, 7)])
@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
@torch.no_grad()
def test_results_are_those_of_torch(build: str, size: tuple[int, ...], form: torch.memory_format) -> None:
    theirs, ours = pair(torch.float32, **BUILDS[build])
    x = torch.randn(size).contiguous(memory_format=form)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="no bfloat16 on this processor")
@torch.no_grad()
def test_bfloat16() -> None:
    theirs, ours = pair(torch.bfloat16, **BUILDS["3x3"])
    x = torch.randn(2, 48, 8, 8, dtype=torch.bfloat16)
    assert ours.weight.is_mkldnn
    assert ours(x).dtype == torch.bfloat16
    torch.testing.assert_close(ours(x), theirs(x), rtol=0.02, atol=0.02)


def test_the_state_is_plain() -> None:
    theirs, ours = pair(torch.float32, **BUILDS["3x3"])
    assert ours.weight.is_mkldnn
    assert not ours.weight.requires_grad
    assert ours.weight.nbytes == theirs.weight.nbytes
    assert torch.equal(ours.plain_weight, theirs.weight)
    assert list(ours.state_dict()) == ["weight", "bias"]
    assert torch.equal(ours.state_dict()["weight"], theirs.weight)


@torch.no_grad()
def test_a_plain_weight_may_take_its_place() -> None:
    """As a patch does it, on a copy that shares the rest."""
    theirs, ours = pair(torch.float32, **BUILDS["3x3"])
    patched, x = copy.copy(ours), torch.randn(1, 48, 5, 5)
    patched.weight = nn.Parameter(2 * ours.plain_weight, requires_grad=False)
    assert patched.bias is ours.bias
    twice = nn.functional.conv2d(x, 2 * theirs.weight, theirs.bias, padding=1)
    torch.testing.assert_close(patched(x), twice, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_copies_are_plain_and_can_be_packed_again() -> None:
    theirs, ours = pair(torch.float32, **BUILDS["3x3"])
    x = torch.randn(1, 48, 5, 5)
    for twin in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):  # noqa: S301 (our own)
        assert torch.equal(twin.weight, theirs.weight)
        twin.pack()
        twin.pack()
        assert twin.weight.is_mkldnn
        torch.testing.assert_close(twin(x), theirs(x), rtol=1e-5, atol=1e-5)
    assert ours.weight.is_mkldnn


def test_a_1x1_convolution_in_float32_stays_plain() -> None:
    _, ours = pair(torch.float32, **BUILDS["1x1"])
    assert not ours.weight.is_mkldnn


@torch.no_grad()
def test_networks_compute_the_same_packed(small_unet: UNet, small_vae: VAE) -> None:
    unet, vae = copy.deepcopy(small_unet), copy.deepcopy(small_vae)
    pack(unet)
    pack(vae)
    x, context, t = torch.randn(2, 4, 7, 6), torch.randn(2, 5, 64), torch.tensor([3.0, 900.0])
    torch.testing.assert_close(unet(x, t, context), small_unet(x, t, context), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(vae.decode(x), small_vae.decode(x), rtol=1e-4, atol=1e-5)
    picture = torch.rand(1, 3, 8, 6)
    torch.testing.assert_close(vae.encode(picture), small_vae.encode(picture), rtol=1e-4, atol=1e-5)


def test_a_placement_says_whether_to_pack(checkpoint: Checkpoint) -> None:
    def packed(placement: Placement | None) -> set[bool]:
        networks = (checkpoint.unet(placement), checkpoint.vae(placement))
        layers = [layer for network in networks for layer in network.modules() if isinstance(layer, Conv2d)]
        return {layer.weight.is_mkldnn for layer in layers if layer.kernel_size != (1, 1)}

    assert packed(None) == packed(Placement(channels_last=True)) == {False}
    assert packed(Placement(channels_last=True, packed=True)) == {True}
