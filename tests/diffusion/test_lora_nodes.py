"""A LoRA changes model and text encoder, or the model alone; what is left out is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.lora import LoadLoRA, LoadLoRAModelOnly
from nodeflow_diffusion.types import Denoiser, TextEncoder
from safetensors.torch import save_file
from torch import Tensor

from nodeflow import Context
from nodeflow.folders import Folders, ModelFolder

UNET = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_v"
OURS = "middle_block.1.transformer_blocks.0.attn2.to_v.weight"
TEXT = "text_encoder.text_model.encoder.layers.0.self_attn.q_proj"
THEIRS = "encoder.layers.0.self_attn.q_proj.weight"

Write = Callable[..., Context]


@pytest.fixture
def write(tmp_path: Path, ctx: Context) -> Write:
    """Writes a LoRA of rank 2 for some layers of 32 by 32, and gives a context that finds it."""

    def write(*layers: str) -> Context:
        numbers = torch.Generator().manual_seed(0)
        sides = [f"{layer}.{side}.weight" for layer in layers for side in ("lora_A", "lora_B")]
        shapes = [(2, 32) if "lora_A" in side else (32, 2) for side in sides]
        tensors = {side: torch.randn(shape, generator=numbers) for side, shape in zip(sides, shapes, strict=True)}
        save_file(tensors, tmp_path / "lora.safetensors")
        assert isinstance(ctx.folders, Folders)
        return replace(ctx, folders=Folders((*ctx.folders.folders, ModelFolder("loras", tmp_path))))

    return write


def product(path: Path, layer: str) -> Tensor:
    from safetensors.torch import load_file

    tensors = load_file(path / "lora.safetensors")
    return tensors[f"{layer}.lora_B.weight"] @ tensors[f"{layer}.lora_A.weight"]


def unet_weights(recipe: Denoiser, ctx: Context) -> dict[str, Tensor]:
    network: Any = weights.denoiser(recipe, ctx).denoiser.network
    found: dict[str, Tensor] = network.state_dict()
    return found


def text_weights(recipe: TextEncoder, ctx: Context) -> dict[str, Tensor]:
    network: Any = weights.text_encoder(recipe, ctx).network
    return {name.removeprefix("text_model."): weight for name, weight in network.module.state_dict().items()}


def test_both_are_changed_each_by_its_own_strength(small: Checkpoint, write: Write, tmp_path: Path) -> None:
    ctx = write(UNET, TEXT)
    made = LoadLoRA(
        model=small.model, text_encoder=small.text_encoder, lora="lora.safetensors", strength=0.5, text_strength=-2.0
    ).run(ctx)
    model = unet_weights(small.model, ctx)[OURS] + 0.5 * product(tmp_path, UNET)
    assert torch.allclose(unet_weights(made.model, ctx)[OURS], model, atol=1e-5)
    text = text_weights(small.text_encoder, ctx)[THEIRS] - 2 * product(tmp_path, TEXT)
    assert torch.allclose(text_weights(made.text_encoder, ctx)[THEIRS], text, atol=1e-5)


def test_a_strength_of_0_gives_back_what_was_given(small: Checkpoint, write: Write) -> None:
    ctx = write(UNET, TEXT)
    none: dict[str, Any] = {"model": small.model, "lora": "lora.safetensors", "strength": 0.0}
    made = LoadLoRA(text_encoder=small.text_encoder, text_strength=0.0, **none).run(ctx)
    assert made == (small.model, small.text_encoder)
    assert LoadLoRAModelOnly(**none).run(ctx).model == small.model


def test_a_lora_of_the_unet_alone_needs_no_text_encoder(
    small: Checkpoint, write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ctx = write(UNET)
    made = LoadLoRAModelOnly(model=small.model, lora="lora.safetensors", strength=0.5).run(ctx).model
    before, after = unet_weights(small.model, ctx), unet_weights(made, ctx)
    assert torch.allclose(after.pop(OURS), before[OURS] + 0.5 * product(tmp_path, UNET), atol=1e-5)
    assert all(torch.equal(weight, before[name]) for name, weight in after.items())
    assert not caplog.records


def test_what_is_for_a_text_encoder_is_counted_in_a_warning(
    small: Checkpoint, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    ctx = write(UNET, TEXT, TEXT.replace("q_proj", "v_proj"))
    only = LoadLoRAModelOnly(model=small.model, lora="lora.safetensors").run(ctx).model
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "2 of the 3 weights that 'lora.safetensors' changes are a text encoder's" in record.getMessage()
    both = LoadLoRA(model=small.model, text_encoder=small.text_encoder, lora="lora.safetensors").run(ctx).model
    assert only == both


def test_a_lora_of_a_text_encoder_alone_is_refused(small: Checkpoint, write: Write) -> None:
    node = LoadLoRAModelOnly(model=small.model, lora="lora.safetensors")
    with pytest.raises(CheckpointError, match=r"nothing for a U-Net: all 1 weights .* LoadLoRA changes those"):
        node.run(write(TEXT))


def test_what_is_no_lora_is_refused_where_it_is_chosen(small: Checkpoint, write: Write, tmp_path: Path) -> None:
    ctx = write(UNET)
    save_file({"some.weight": torch.ones(2)}, tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError, match=r"'odd\.safetensors' is no LoRA of a form that is known here"):
        LoadLoRAModelOnly(model=small.model, lora="odd.safetensors").run(ctx)
