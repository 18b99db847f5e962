"""The VAE against diffusers' on the same weights, carried over by `diffusers_layout`."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL
from nodeflow_diffusion.lib.diffusers_layout import vae_names
from nodeflow_diffusion.lib.vae import VAE, Posterior, VAEConfig

CONFIGS = {
    "three levels": VAEConfig(channels=(32, 64, 64), res_blocks=2),
    "one block": VAEConfig(channels=(32, 64), res_blocks=1, latent_channels=8, scaling=0.5, shift=0.1),
    "no quant": VAEConfig(channels=(32, 32), res_blocks=1, quant_conv=False),
}


def reference(config: VAEConfig) -> Any:
    torch.manual_seed(0)
    return AutoencoderKL(
        block_out_channels=config.channels,
        down_block_types=["DownEncoderBlock2D"] * len(config.channels),
        up_block_types=["UpDecoderBlock2D"] * len(config.channels),
        layers_per_block=config.res_blocks,
        latent_channels=config.latent_channels,
        use_quant_conv=config.quant_conv,
        use_post_quant_conv=config.quant_conv,
    ).eval()


def same(config: VAEConfig, theirs: Any) -> VAE:
    vae = VAE(config)
    shapes = {name: tensor.shape for name, tensor in vae.state_dict().items()}
    state = theirs.state_dict()
    names = vae_names(state)
    vae.load_state_dict({names[n]: t.reshape(shapes[names[n]]) for n, t in state.items()}, strict=True)
    return vae.eval()


def relative_error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_parity_with_diffusers(name: str) -> None:
    config = CONFIGS[name]
    theirs = reference(config)
    ours = same(config, theirs)
    x, z = torch.rand(2, 3, 24, 16) * 2 - 1, torch.randn(2, config.latent_channels, 5, 3)
    expected = theirs.encode(x).latent_dist
    posterior = ours.posterior(x)
    assert relative_error(posterior.mean, expected.mean) < 1e-4
    assert relative_error(posterior.logvar, expected.logvar) < 1e-4
    assert relative_error(ours.encode(x), (expected.mode() - config.shift) * config.scaling) < 1e-4
    assert relative_error(ours.decode((z - config.shift) * config.scaling), theirs.decode(z).sample) < 1e-4
    assert torch.allclose(posterior.kl(), expected.kl(), rtol=1e-4)


@torch.no_grad()
def test_patches_are_a_pixel_unshuffle_before_and_a_shuffle_after() -> None:
    vae = VAE(VAEConfig(channels=(32, 32), res_blocks=1, patch=4))
    assert vae.config.factor == 8
    assert vae.encode(torch.zeros(1, 3, 16, 24)).shape == (1, 4, 2, 3)
    assert vae.decode(torch.zeros(1, 4, 2, 3)).shape == (1, 3, 16, 24)
    assert vae.encoder.conv_in.weight.shape[1] == 48


@torch.no_grad()
def test_a_sample_has_the_mean_and_deviation_of_the_posterior() -> None:
    posterior = Posterior(torch.full((1, 1, 200, 200), 3.0), torch.full((1, 1, 200, 200), 2.0).log())
    sample = posterior.sample(torch.Generator().manual_seed(1))
    assert torch.equal(sample, posterior.sample(torch.Generator().manual_seed(1)))
    assert float(sample.mean()) == pytest.approx(3, abs=0.03)
    assert float(sample.var()) == pytest.approx(2, rel=0.03)


def test_kl_of_the_standard_normal_is_zero() -> None:
    assert Posterior(torch.zeros(2, 4, 3, 3), torch.zeros(2, 4, 3, 3)).kl().tolist() == [0, 0]


def test_sides_must_be_multiples_of_the_factor() -> None:
    with pytest.raises(ValueError, match=r"\[15, 16\]: its sides must be multiples of 2"):
        VAE(VAEConfig(channels=(32, 32), res_blocks=1)).encode(torch.zeros(1, 3, 15, 16))


@torch.no_grad()
def test_inputs_are_moved_to_the_weights_type_and_results_are_float32() -> None:
    vae = VAE(VAEConfig(channels=(32, 32), res_blocks=1)).to(torch.bfloat16)
    assert vae.decode(torch.zeros(1, 4, 2, 2)).dtype == torch.float32
    assert vae.encode(torch.zeros(1, 3, 4, 4)).dtype == torch.float32
