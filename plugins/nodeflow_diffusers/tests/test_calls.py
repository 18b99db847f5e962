"""Signatures are read as they are; what cannot be run in parts is refused with what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from nodeflow_diffusers import calls, parts
from nodeflow_diffusers.folder import PipelineError

FOUR = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
COMPONENTS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")


class Plain:
    """A pipeline as small as one can be."""

    def encode_prompt(self, prompt: str, device: str) -> Any:
        prompt_embeds = torch.full((1, 1), float(len(prompt)))
        return prompt_embeds, None

    def __call__(
        self,
        prompt_embeds: Any = None,
        generator: Any = None,
        output_type: str = "pil",
        callback_on_step_end: Any = None,
        num_inference_steps: int = 9,
    ) -> None: ...


class Nameless(Plain):
    def encode_prompt(self, prompt: str, device: str) -> Any:
        return torch.zeros(1), torch.zeros(1)


@pytest.mark.parametrize(
    ("name", "returned"),
    [
        ("StableDiffusionPipeline", FOUR[:2]),
        ("StableDiffusionXLPipeline", FOUR),
        ("StableDiffusion3Pipeline", FOUR),
        ("FluxPipeline", ("prompt_embeds", "pooled_prompt_embeds", "text_ids")),
        ("SanaPipeline", ("prompt_embeds", "prompt_attention_mask", FOUR[1], "negative_prompt_attention_mask")),
        ("QwenImagePipeline", ("prompt_embeds", "prompt_embeds_mask")),
    ],
)
def test_what_is_returned_has_names(name: str, returned: tuple[str, ...]) -> None:
    kind = parts.pipeline_class(name)
    assert calls.returned(kind) == returned
    calls.check(kind, COMPONENTS)


def test_a_pipeline_whose_values_have_no_names_is_refused() -> None:
    with pytest.raises(
        PipelineError, match=r"Nameless\.encode_prompt gives \('', ''\), and no prompt_embeds among them"
    ):
        calls.check(Nameless, COMPONENTS)


@pytest.mark.parametrize(
    ("name", "components", "lacks"),
    [
        ("DDPMPipeline", ("scheduler", "unet"), "it lacks prompt_embeds, callback_on_step_end, text_encoder, vae;"),
        ("StableDiffusionPipeline", ("scheduler", "unet"), "with scheduler, unet cannot be run in parts"),
    ],
)
def test_what_makes_no_pictures_of_text_is_refused(name: str, components: tuple[str, ...], lacks: str) -> None:
    with pytest.raises(PipelineError, match=lacks):
        calls.check(parts.pipeline_class(name), components)


def test_a_negative_prompt_is_refused_where_there_can_be_none() -> None:
    assert list(calls.encoded(Plain(), "four", "", "cpu")) == ["prompt_embeds"]
    assert calls.encoded(Plain(), "four", "", "cpu")["prompt_embeds"].item() == 4
    with pytest.raises(PipelineError, match="a Plain takes no negative prompt; leave it empty"):
        calls.encoded(Plain(), "four", "five!", "cpu")


def test_arguments_are_checked_against_the_call() -> None:
    assert calls.checked(Plain, {"output_type": "latent"}, {"generator": 1}) == {
        "output_type": "latent",
        "generator": 1,
    }
    with pytest.raises(ValueError, match="a Plain takes no 'width'; there are prompt_embeds, generator, output_type"):
        calls.checked(Plain, {"width": 3}, {})
    assert calls.default(Plain, "num_inference_steps") == 9
