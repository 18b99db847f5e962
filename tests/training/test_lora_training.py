"""A LoRA that is trained here loads in diffusers by peft, and changes its subject only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.convolution import Conv2d
from nodeflow_diffusion.lib.diffusers_layout import unet_names
from nodeflow_diffusion.lib.normalisation import GroupNorm
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lora import LoadLoRAModelOnly
from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder
from nodeflow_training import loading
from nodeflow_training.diffusion_learner import computing
from nodeflow_training.nodes.diffusion import TrainDiffusion, Trained
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.nodes.lora import TrainedLoRA, TrainLoRA
from nodeflow_training.nodes.new_models import NewDenoiser
from nodeflow_training.nodes.vae import TrainVAE
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Dataset, EncodedDataset, Example
from safetensors.torch import load_file
from torch import Tensor, nn

from nodeflow import Context

CAPTIONS = [" ".join([word] * 12) for word in ("one", "two", "three", "four", "five", "six", "seven", "eight")]
"""Long ones: an encoder that has learnt nothing yet tells them apart at most of its positions."""
QUICK: dict[str, Any] = {"sample_pictures": 0, "warm_up": 5, "dtype": "float32"}


def encoded(eight: Dataset, chosen: dict[int, str], vae: VAE, ctx: Context) -> EncodedDataset:
    """Some of the pictures, under other captions."""
    files = cast("tuple[Example, ...]", eight.source)
    examples = tuple(replace(files[i], caption=caption) for i, caption in chosen.items())
    return EncodeDataset(dataset=eight.with_source(examples), vae=vae).run(ctx)


@pytest.fixture(scope="module")
def coder(shared: Context, drawn: Dataset, vae: VAE) -> VAE:
    """One whose latents have deviation 1, so that there is something to be learnt of them."""
    return TrainVAE(dataset=drawn, vae=vae, steps=1, batch=2, **QUICK).run(shared).vae


@pytest.fixture(scope="module")
def base(shared: Context, coder: VAE, text_encoder: TextEncoder, eight: Dataset) -> Trained:
    """A model that has learnt its pictures and to tell their captions apart."""
    sizes = {"channels": "32, 32", "depths": "1, 1", "heads": 2, "pooled": False, "prediction": "epsilon"}
    fresh = NewDenoiser(vae=coder, text_encoder=text_encoder, **sizes).run(shared)
    settings: dict[str, Any] = {"steps": 100, "batch": 8, "learning_rate": 3e-3, "optimizer": "muon", "ema": 0.9}
    data = encoded(eight, dict(enumerate(CAPTIONS)), coder, shared)
    return TrainDiffusion(data=data, model=fresh, text_encoder=text_encoder, **settings, **QUICK).run(shared)


@pytest.fixture(scope="module")
def trained(shared: Context, eight: Dataset, coder: VAE, base: Trained) -> TrainedLoRA:
    """Taught that the first caption shows what was the last picture."""
    subject = encoded(eight, {7: CAPTIONS[0]}, coder, shared)
    others = encoded(eight, {i: CAPTIONS[i] for i in range(1, 8)}, coder, shared)
    return TrainLoRA(
        data=subject, others=others, others_weight=4.0, model=base.model, text_encoder=base.text_encoder,
        rank=4, steps=80, batch=8, learning_rate=1e-2, **QUICK,
    ).run(shared)  # fmt: skip


@torch.no_grad()
def predicted(model: Denoiser, text_encoder: TextEncoder, captions: list[str], ctx: Context) -> Tensor:
    """Answers [B, 4, 8, 8] to the same noise for each caption."""
    unet = cast("UNet", loading.denoiser(model, ctx).network)
    states, _ = TextSide(loading.text_encoder(text_encoder, ctx))(captions)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0)).expand(len(captions), -1, -1, -1)
    return unet(x, torch.full((len(captions),), 600.0), states)


def test_it_changes_its_subject_only(trained: TrainedLoRA, base: Trained, ctx: Context) -> None:
    before, after = (predicted(model, base.text_encoder, CAPTIONS, ctx) for model in (base.model, trained.model))
    change = (after - before).square().mean(dim=(1, 2, 3)).sqrt()
    assert float(change[0]) > 3 * float(change[1:].max())


def test_diffusers_loads_it_by_peft_to_the_same_result(trained: TrainedLoRA, base: Trained, ctx: Context) -> None:
    theirs: Any = UNet2DConditionModel(
        in_channels=4, out_channels=4, block_out_channels=(32, 32), layers_per_block=1,
        down_block_types=["CrossAttnDownBlock2D"] * 2, up_block_types=["CrossAttnUpBlock2D"] * 2,
        cross_attention_dim=32, attention_head_dim=2,
    ).eval()  # fmt: skip
    unet = loading.opened(base.model.file, ["unet"], ctx).unet()
    names = unet_names(theirs.state_dict())
    theirs.load_state_dict({name: unet.state_dict()[ours] for name, ours in names.items()})
    file = load_file(ctx.path("loras", f"sha256:{trained.lora.sha256}"))
    assert all(name.startswith("unet.") for name in file)
    plain = answer(theirs, base.text_encoder, ctx)
    theirs.load_lora_adapter(file, prefix="unet")
    assert set(theirs.peft_config) == {"default_0"}
    changed = answer(theirs, base.text_encoder, ctx)
    expected = predicted(trained.model, base.text_encoder, CAPTIONS[:1], ctx)
    assert torch.allclose(changed, expected, atol=1e-4)
    assert not torch.allclose(changed, plain, atol=1e-2)
    loaded = LoadLoRAModelOnly(model=base.model, lora=f"sha256:{trained.lora.sha256}").run(ctx)
    assert loaded.model == trained.model


@torch.no_grad()
def answer(theirs: Any, text_encoder: TextEncoder, ctx: Context) -> Tensor:
    states, _ = TextSide(loading.text_encoder(text_encoder, ctx))(CAPTIONS[:1])
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    out: Tensor = theirs(x, torch.tensor([600.0]), states).sample
    return out


def test_layers_that_are_not_there_are_told(eight: Dataset, coder: VAE, base: Trained, ctx: Context) -> None:
    data = encoded(eight, {0: CAPTIONS[0]}, coder, ctx)
    node = TrainLoRA(data=data, model=base.model, text_encoder=base.text_encoder, layers="to_z", **QUICK)
    with pytest.raises(ValueError, match="no linear layer of the model has a name that ends in to_z"):
        node.run(ctx)


def test_frozen_matrices_in_bfloat16_change_neither_answer_nor_gradients(stirred: Denoiser, ctx: Context) -> None:
    answers, gradients = [], []
    for narrow in (False, True):
        unet = cast("UNet", loading.denoiser(stirred, ctx).network)
        unet = cast("UNet", loading.narrowed(unet) if narrow else unet)
        types = {type(m): p.dtype for m in unet.modules() for p in m.parameters(recurse=False)}
        assert types[nn.Linear] == types[Conv2d] == (torch.bfloat16 if narrow else torch.float32)
        assert types[GroupNorm] == types[nn.LayerNorm] == torch.float32
        given = [numbers(2, 4, 8, 8).requires_grad_(), numbers(2, 16, 32).requires_grad_()]
        with computing("cpu", autocast=True):
            answers.append(unet(given[0], torch.tensor([10.0, 900.0]), given[1]))
        gradients.append(torch.autograd.grad(answers[-1].float().square().sum(), given))
    assert all(float(gradient.abs().mean()) > 1e-3 for gradient in gradients[0])
    torch.testing.assert_close(answers[1], answers[0])
    torch.testing.assert_close(gradients[1], gradients[0])


def numbers(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))
