"""What is stored comes back as it was."""

import json

import pytest
import torch
from nodeflow_diffusers.codecs import LatentCodec, PipelineCodec, PromptCodec
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPipeline, DiffusersPrompt

from nodeflow import Encoded


def stored(encoded: Encoded) -> Encoded:
    """As it comes back from disk."""
    return Encoded(
        {name: array.copy() for name, array in encoded.tensors.items()}, json.loads(json.dumps(encoded.meta))
    )


def test_a_pipeline() -> None:
    value = DiffusersPipeline("sdxl", "0" * 64, "StableDiffusionXLPipeline")
    codec = PipelineCodec()
    assert codec.decode(stored(codec.encode(value))) == value
    assert str(value) == "'sdxl', a StableDiffusionXLPipeline"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool])
def test_a_prompt(dtype: torch.dtype) -> None:
    tensors = {"prompt_embeds": torch.randn(1, 3, 4).to(dtype), "prompt_attention_mask": torch.ones(1, 3).to(dtype)}
    codec = PromptCodec()
    found = codec.decode(stored(codec.encode(DiffusersPrompt("FluxPipeline", tensors))))
    assert found.class_name == "FluxPipeline"
    assert found.tensors.keys() == tensors.keys()
    assert all(found.tensors[name].dtype == dtype for name in tensors)
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in tensors.items())


def test_a_latent() -> None:
    value = DiffusersLatent("FluxPipeline", torch.randn(2, 6, 16), 32, 48)
    codec = LatentCodec()
    found = codec.decode(stored(codec.encode(value)))
    assert torch.equal(found.samples, value.samples)
    assert (found.class_name, found.width, found.height) == ("FluxPipeline", 32, 48)
