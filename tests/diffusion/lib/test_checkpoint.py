"""Opening checkpoints: what is there, what is not, and how parts are placed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import Checkpoint, PartName, open_checkpoint
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE
from nodeflow_diffusion.lib.writer import save_checkpoint
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

Tensors = dict[str, Tensor]


def changed(path: Path, folder: Path, change: Callable[[Tensors], object], **metadata: str) -> Path:
    """A copy of a checkpoint with other tensors and metadata alone."""
    tensors = load_file(path)
    change(tensors)
    copy = folder / "changed.safetensors"
    save_file(tensors, copy, {key.replace("__", "."): value for key, value in metadata.items()})
    return copy


def nothing(tensors: Tensors) -> None:
    """Changes nothing."""


def without(prefix: str) -> Callable[[Tensors], object]:
    return lambda tensors: [tensors.pop(name) for name in list(tensors) if name.startswith(prefix)]


def test_what_is_there(checkpoint_path: Path, small_unet: UNet, small_vae: VAE) -> None:
    checkpoint = open_checkpoint(str(checkpoint_path))
    assert checkpoint.parts == ("unet", "vae", "text_encoder")
    assert checkpoint.prediction == "epsilon"
    assert checkpoint.levels.sigma_max == pytest.approx(14.6146, abs=1e-3)
    assert checkpoint.latent_rgb is not None
    parameters = sum(p.numel() for p in small_unet.parameters())
    assert checkpoint.nbytes("unet") == parameters * 4
    assert checkpoint.nbytes("unet", Placement(dtype="bfloat16")) == parameters * 2
    assert checkpoint.nbytes("vae", Placement(dtype="bfloat16")) == sum(p.numel() for p in small_vae.parameters()) * 4


def test_networks_are_frozen_and_in_eval_mode(checkpoint_path: Path) -> None:
    checkpoint = open_checkpoint(checkpoint_path)
    for module in (checkpoint.unet(), checkpoint.vae(), checkpoint.text_encoder().network.module):
        assert not module.training
        assert not any(p.requires_grad for p in module.parameters())


def test_loading_twice_gives_networks_of_their_own(checkpoint_path: Path) -> None:
    checkpoint = open_checkpoint(checkpoint_path)
    first, second = checkpoint.unet(), checkpoint.unet()
    first.get_parameter("out.2.weight").zero_()
    for unet in (second, checkpoint.unet()):
        assert float(unet.get_parameter("out.2.weight").abs().sum()) > 0


def test_a_placement_gives_types_and_format(checkpoint_path: Path) -> None:
    checkpoint = open_checkpoint(checkpoint_path)
    placement = Placement(dtype="bfloat16", vae_dtype="float32", channels_last=True)
    unet, vae, text = checkpoint.unet(placement), checkpoint.vae(placement), checkpoint.text_encoder(placement)
    assert {p.dtype for p in unet.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in vae.parameters()} == {torch.float32}
    assert {p.dtype for p in text.network.module.parameters()} == {torch.bfloat16}
    assert unet.input_blocks[0][0].weight.is_contiguous(memory_format=torch.channels_last)  # type: ignore[index]


@torch.no_grad()
def test_denoising_from_end_to_end(checkpoint_path: Path, small_unet: UNet) -> None:
    checkpoint = open_checkpoint(checkpoint_path)
    context = checkpoint.text_encoder().encode("a cat").context
    x, sigma = torch.randn(1, 4, 6, 6), 2.0
    timestep = torch.tensor([checkpoint.levels.timestep(sigma)])
    expected = x - sigma * small_unet(x / (1 + sigma**2) ** 0.5, timestep, context)
    assert torch.allclose(checkpoint.denoiser()(x, sigma, context), expected, atol=1e-5)
    half = checkpoint.denoiser(Placement(dtype="bfloat16", channels_last=True))(x, sigma, context)
    assert torch.allclose(half, expected, atol=0.1)


@pytest.mark.parametrize("key", ["nodeflow__prediction", "modelspec__prediction_type"])
def test_the_prediction_is_in_the_metadata(checkpoint_path: Path, tmp_path: Path, key: str) -> None:
    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, nothing, **{key: "v"}))
    assert checkpoint.denoiser().prediction == "v"
    assert checkpoint.denoiser(prediction="epsilon").prediction == "epsilon"


def test_an_unknown_prediction_is_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    path = changed(checkpoint_path, tmp_path, nothing, nodeflow__prediction="flow")
    with pytest.raises(CheckpointError, match="predicts 'flow' by its metadata; known are epsilon, v"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("prefix", "part"),
    [("model.diffusion_model.", "unet"), ("first_stage_model.", "vae"), ("cond_stage_model.", "text_encoder")],
)
def test_missing_parts(checkpoint_path: Path, tmp_path: Path, prefix: str, part: PartName) -> None:
    path = changed(checkpoint_path, tmp_path, without(prefix))
    with pytest.raises(CheckpointError, match=f"'changed.safetensors' has no {part}, only .* and .*; load the rest"):
        open_checkpoint(path)
    checkpoint = open_checkpoint(path, ())
    with pytest.raises(CheckpointError, match=f"has no {part}"):
        getattr(checkpoint, part)()


def test_a_vae_alone(checkpoint_path: Path, tmp_path: Path, small_vae: VAE) -> None:
    path = tmp_path / "vae.safetensors"
    save_file(small_vae.state_dict(), path)
    checkpoint = open_checkpoint(path, ["vae"])
    assert checkpoint.parts == ("vae",)
    assert torch.equal(checkpoint.vae().decoder.conv_in.weight, small_vae.decoder.conv_in.weight)
    with pytest.raises(CheckpointError, match="has no unet and no text_encoder, only vae"):
        open_checkpoint(path)


def test_what_other_tools_add_is_ignored(checkpoint_path: Path, tmp_path: Path) -> None:
    def add(tensors: Tensors) -> None:
        tensors["alphas_cumprod"] = torch.linspace(0.9, 0.1, 1000)
        tensors["model_ema.decay"] = torch.zeros(())
        tensors["first_stage_model.loss.logvar"] = torch.zeros(())
        tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
        tensors["cond_stage_model.logit_scale"] = torch.zeros(())

    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, add, nodeflow__text='{"heads": 4}'))
    assert checkpoint.levels.sigma_max == pytest.approx(14.6146, abs=1e-3)
    assert checkpoint.text_encoder().encode("cat").context.shape == (1, 77, 64)
    checkpoint.vae()


def test_text_names_without_their_outer_module(checkpoint_path: Path, tmp_path: Path) -> None:
    def rename(tensors: Tensors) -> None:
        for name in [name for name in tensors if ".text_model." in name]:
            tensors[name.replace(".text_model.", ".")] = tensors.pop(name)

    path = changed(checkpoint_path, tmp_path, rename, nodeflow__text='{"heads": 4}')
    expected = open_checkpoint(checkpoint_path).text_encoder().encode("cat").context
    assert torch.equal(open_checkpoint(path).text_encoder().encode("cat").context, expected)


def test_attention_of_the_vae_stored_as_linear_layers(checkpoint_path: Path, tmp_path: Path, small_vae: VAE) -> None:
    def flatten(tensors: Tensors) -> None:
        for name in [n for n in tensors if ".attn_1." in n and tensors[n].ndim == 4]:
            tensors[name] = tensors[name][:, :, 0, 0].clone()

    vae = open_checkpoint(changed(checkpoint_path, tmp_path, flatten)).vae()
    assert torch.equal(vae.decoder.mid.attn_1.q.weight, small_vae.decoder.mid.attn_1.q.weight)


def test_wrong_shapes_are_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    def widen(tensors: Tensors) -> None:
        tensors["model.diffusion_model.middle_block.0.in_layers.2.bias"] = torch.zeros(65)

    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, widen))
    message = r"'model.diffusion_model.middle_block.0.in_layers.2.bias' in .* has shape \[65\]; .* should have \[64\]"
    with pytest.raises(CheckpointError, match=message):
        checkpoint.unet()


def test_missing_and_unknown_tensors_are_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    def rename(tensors: Tensors) -> None:
        tensors["model.diffusion_model.out.3.bias"] = tensors.pop("model.diffusion_model.out.2.bias")

    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, rename))
    message = r"1 tensors are missing \(such as 'out.2.bias'\), 1 are unknown \(such as 'out.3.bias'\)"
    with pytest.raises(CheckpointError, match=message):
        checkpoint.unet()


def test_types_that_no_network_computes_in_are_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    def halve(tensors: Tensors) -> None:
        for name in [n for n in tensors if n.startswith("first_stage_model.")]:
            tensors[name] = tensors[name].to(torch.float8_e4m3fn)

    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, halve))
    with pytest.raises(CheckpointError, match="as F8_E4M3; a checkpoint holds F32, F16, BF16"):
        checkpoint.vae()


def test_a_vocabulary_of_another_size_is_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    name = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"

    def shrink(tensors: Tensors) -> None:
        tensors[name] = tensors[name][:100].clone()

    checkpoint = open_checkpoint(changed(checkpoint_path, tmp_path, shrink))
    with pytest.raises(CheckpointError, match="knows 100 tokens, but its tokenizer has 49408"):
        checkpoint.text_encoder()


def test_an_inpainting_model_is_refused(tmp_path: Path, small_vae: VAE, small_text: nn.Module) -> None:
    unet = UNet(UNetConfig(in_channels=9, channels=(32,), res_blocks=1, depths=(1,), context_dim=64))
    save_checkpoint(tmp_path / "a.safetensors", unet, small_vae, small_text)
    checkpoint: Checkpoint = open_checkpoint(tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="takes 9 channels and gives 4: an inpainting"):
        checkpoint.denoiser()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"context_dim": 48}, "contexts of width 48"), ({"vector_dim": 32}, "pooled vectors of width 32")],
)
def test_parts_that_do_not_belong_together(
    tmp_path: Path, small_vae: VAE, small_text: nn.Module, changes: dict[str, int], words: str
) -> None:
    sizes = {"context_dim": 64, **changes}
    unet = UNet(UNetConfig(channels=(32,), res_blocks=1, depths=(1,), **sizes))  # type: ignore[arg-type]
    save_checkpoint(tmp_path / "a.safetensors", unet, small_vae, small_text)
    with pytest.raises(CheckpointError, match=f"reads {words}, but the text encoder writes 64"):
        open_checkpoint(tmp_path / "a.safetensors")
