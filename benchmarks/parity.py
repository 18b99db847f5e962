"""The networks at the size of SD 1.5 against diffusers' and transformers', on the same random weights in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from nodeflow_diffusion.lib.clip import ClipConfig, ClipNetwork, clip_text_model
from nodeflow_diffusion.lib.convolution import pack
from nodeflow_diffusion.lib.diffusers_layout import unet_names, vae_names
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.tokenizer import clip_vocabulary
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from benchmarks.table import Table

MOST = 1e-4
WIDTH = 768
START, END, PROMPT, TOKENS = 49406, 49407, "a photo of a cat", (320, 1125, 539, 320, 2368)
Pair = tuple[str, Tensor, Tensor]


def unets(dtype: torch.dtype = torch.float32) -> tuple[UNet, UNet2DConditionModel]:
    """Both U-Nets with the same weights."""
    theirs = UNet2DConditionModel(sample_size=64, cross_attention_dim=WIDTH).eval()
    nn.Module.to(theirs, dtype)  # diffusers' own logs a warning about no modules at all
    return adopted(lambda: UNet(UNetConfig()), unet_names, theirs), theirs


def vaes() -> tuple[VAE, AutoencoderKL]:
    """Both VAEs with the same weights."""
    theirs = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        block_out_channels=VAEConfig.channels,
        layers_per_block=VAEConfig.res_blocks,
    ).eval()
    return adopted(lambda: VAE(VAEConfig()), vae_names, theirs), theirs


def adopted(make: Callable[[], Any], names: Callable[..., Any], theirs: Any) -> Any:
    """Our network with the tensors of theirs, packed as the loader does it on a CPU."""
    with torch.device("meta"):
        ours = make()
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    state = {names(theirs.state_dict())[old]: tensor for old, tensor in theirs.state_dict().items()}
    ours.load_state_dict({name: tensor.reshape(shapes[name]) for name, tensor in state.items()}, assign=True)
    pack(ours)
    return ours.eval()


def texts() -> tuple[TextEncoder, nn.Module]:
    """Our text encoder and transformers' model, with the same weights."""
    theirs: Any = CLIPTextModel(
        CLIPTextConfig(hidden_size=WIDTH, intermediate_size=3072, num_attention_heads=12)
    ).eval()
    ours = clip_text_model(ClipConfig())
    ours.load_state_dict(theirs.state_dict())
    return TextEncoder(ClipNetwork(ours.eval()), clip_vocabulary()), theirs


@torch.no_grad()
def compared() -> Iterator[Pair]:
    """What, our result, theirs."""
    unet, their_unet = unets()
    x, context, t = torch.randn(2, 4, 32, 32), torch.randn(2, 77, WIDTH), torch.tensor([981.0, 20.0])
    yield "U-Net", unet(x, t, context), their_unet(x, t, context).sample
    del unet, their_unet
    vae, their_vae = vaes()
    picture, latent = torch.rand(1, 3, 256, 256) * 2 - 1, torch.randn(1, 4, 32, 32)
    yield "VAE encoder", vae.posterior(picture).mean, their_vae.encode(picture).latent_dist.mean
    yield "VAE decoder", vae.decode(latent * VAEConfig.scaling), their_vae.decode(latent).sample
    text, their_text = texts()
    ids = torch.tensor([[START, *TOKENS, *[END] * (77 - 1 - len(TOKENS))]])
    yield "text encoder", text.encode(PROMPT).context, their_text(input_ids=ids).last_hidden_state


def main() -> Table:
    """The greatest difference against the greatest value. Raises AssertionError above 1e-4."""
    torch.manual_seed(0)
    rows = []
    for name, ours, theirs in compared():
        error = float((ours - theirs).abs().max() / theirs.abs().max())
        assert error < MOST, f"{name}: relative error {error}, must be below {MOST}"
        rows.append([name, f"{error:.1e}"])
    note = "Results in float32 at 256x256 against diffusers and transformers on the same random weights."
    return Table("Parity at the size of SD 1.5", note, ["network", "relative error"], rows)
