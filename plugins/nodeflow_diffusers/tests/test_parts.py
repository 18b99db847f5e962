"""Parts hold what they need and no more, and say how many bytes that is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.utils import logging as diffusers_logging
from nodeflow_diffusers import parts
from nodeflow_diffusers.folder import PipelineError
from nodeflow_diffusers.nodes import LoadPipeline
from nodeflow_diffusers.types import DiffusersPipeline

from nodeflow import Context


def recipe(home: Any, family: str, ctx: Context) -> DiffusersPipeline:
    home.pipeline(family)
    return LoadPipeline(pipeline=family).run(ctx)


def held(pipeline: Any) -> set[str]:
    return {name for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}


def nbytes(module: Any) -> int:
    """Of all weights; what is there under two names counts once."""
    weights = {tensor.data_ptr(): tensor for tensor in module.state_dict().values()}
    return sum(tensor.numel() * tensor.element_size() for tensor in weights.values())


@pytest.mark.parametrize(
    ("family", "encoders", "network"),
    [
        ("sd", {"text_encoder"}, "unet"),
        ("sdxl", {"text_encoder", "text_encoder_2"}, "unet"),
        ("sd3", {"text_encoder", "text_encoder_2", "text_encoder_3"}, "transformer"),
        ("flux", {"text_encoder", "text_encoder_2"}, "transformer"),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_each_part_is_loaded_by_itself(
    home: Any, store: Any, ctx: Context, family: str, encoders: set[str], network: str, dtype: str
) -> None:
    found = recipe(home, family, ctx)
    ctx = Context(folders=store, models=store, choices=store, settings={"device": "cpu", "dtype": dtype})
    text, denoiser, vae = parts.text(found, ctx), parts.denoiser(found, ctx), parts.vae(found, ctx)
    assert held(text) == encoders
    assert held(denoiser) == {network, "vae"}
    assert denoiser.vae is vae
    assert vae.dtype == getattr(denoiser, network).dtype == getattr(torch, dtype)
    sizes = {key[0]: size for key, size in store.sizes.items()}
    assert sizes == {
        "diffusers text": sum(nbytes(getattr(text, name)) for name in encoders),
        "diffusers denoiser": nbytes(getattr(denoiser, network)),
        "diffusers vae": nbytes(vae),
    }


def test_a_text_encoder_that_was_left_out(home: Any, ctx: Context) -> None:
    text = parts.text(recipe(home, "sd3-without-t5", ctx), ctx)
    assert text.text_encoder_3 is None
    assert {parameter.device.type for parameter in text.transformer.parameters()} == {"meta"}


def test_a_folder_that_changed_is_refused(home: Any, store: Any, ctx: Context) -> None:
    found = recipe(home, "sd", ctx)
    store.sha256 = "1" * 64
    with pytest.raises(PipelineError, match="the folder 'sd' has changed: its sha256 is '1111"):
        parts.text(found, ctx)


def test_a_vae_that_overflows_in_float16_gets_float32(home: Any, store: Any, ctx: Context) -> None:
    found = recipe(home, "sdxl", ctx)
    half = Context(folders=store, models=store, settings={"device": "cpu", "dtype": "float16"})
    assert parts.vae(found, half).dtype == torch.float32


def test_a_pipeline_that_is_not_installed() -> None:
    for name in ("StableDiffusion9Pipeline", "AutoencoderKL"):
        with pytest.raises(PipelineError, match=f"has no pipeline '{name}'; a newer version may have it"):
            parts.pipeline_class(name)


def test_bars_come_back() -> None:
    shown = diffusers_logging.is_progress_bar_enabled()
    with parts.quiet():
        assert not diffusers_logging.is_progress_bar_enabled()
    assert diffusers_logging.is_progress_bar_enabled() == shown
