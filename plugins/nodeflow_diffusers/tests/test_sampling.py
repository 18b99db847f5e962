"""Sampling from outside: progress, previews, cancellation between steps, and networks that are left as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from nodeflow_diffusers import parts
from nodeflow_diffusers.nodes import DecodeLatent, EncodePrompt, LoadPipeline, SampleLatent
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPipeline, DiffusersPrompt

from nodeflow import Cancelled, Context, Image

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")
Preview = Callable[[], Image]


def loaded(home: Any, family: str, ctx: Context) -> DiffusersPipeline:
    home.pipeline(family)
    return LoadPipeline(pipeline=family).run(ctx)


def prepared(home: Any, family: str, ctx: Context) -> tuple[DiffusersPipeline, DiffusersPrompt]:
    pipeline = loaded(home, family, ctx)
    return pipeline, EncodePrompt(pipeline=pipeline, prompt="a circle").run(ctx)


def sample(inputs: tuple[DiffusersPipeline, DiffusersPrompt], ctx: Context, **values: Any) -> DiffusersLatent:
    given = {"steps": 3, "width": 32, "height": 48, "seed": 5, **values}
    return SampleLatent(pipeline=inputs[0], prompt=inputs[1], **given).run(ctx)


def heard(ctx: Context, listen: Callable[[float, float, Preview | None], None]) -> Context:
    return Context(**{name: getattr(ctx, name) for name in ("folders", "models", "choices", "settings")}, report=listen)


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_each_step_is_told_with_a_preview(home: Any, ctx: Context, family: str) -> None:
    steps, pictures = [], []

    def listen(done: float, total: float, preview: Preview | None) -> None:
        steps.append((done, total))
        if preview is not None:
            pictures.append(preview().pixels)

    inputs = prepared(home, family, ctx)
    latent = sample(inputs, heard(ctx, listen))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [picture.shape for picture in pictures] == [(1, 24, 16, 3)] * 3
    assert not np.array_equal(pictures[0], pictures[1])
    assert torch.equal(latent.samples, sample(inputs, ctx).samples)


@pytest.mark.parametrize("last", [1, 2])
def test_a_run_ends_with_the_step_after_which_it_is_cancelled(home: Any, ctx: Context, last: int) -> None:
    seen = []

    def listen(done: float, total: float, preview: Preview | None) -> None:
        seen.append(done)
        if done == last:
            listening.cancellation.cancel()

    listening = heard(ctx, listen)
    inputs = prepared(home, "sd", ctx)
    before = sample(inputs, ctx)
    with pytest.raises(Cancelled):
        sample(inputs, listening)
    assert seen == list(range(last + 1))
    assert torch.equal(sample(inputs, ctx).samples, before.samples)


def test_a_scheduler_with_two_steps_for_one_tells_how_many_there_are(home: Any, ctx: Context) -> None:
    steps = []
    listening = heard(ctx, lambda done, total, _: steps.append((done, total)))
    sample(prepared(home, "sd", ctx), listening, scheduler="heun")
    assert steps[1:] == [(done, 5) for done in range(1, 6)]


def test_the_shared_pipeline_stays_as_it_was(home: Any, ctx: Context, store: Any) -> None:
    inputs = prepared(home, "sd", ctx)
    shared = parts.denoiser(inputs[0], ctx)
    scheduler, config = shared.scheduler, dict(shared.config)
    weights = {name: weight.clone() for name, weight in shared.unet.state_dict().items()}
    sample(inputs, ctx, scheduler="dpmpp_2m_karras")
    assert shared.scheduler is scheduler
    assert dict(shared.config) == config
    assert scheduler.num_inference_steps is None
    assert all(torch.equal(weight, weights[name]) for name, weight in shared.unet.state_dict().items())
    assert shared is parts.denoiser(inputs[0], ctx)


def test_inputs_are_not_changed(home: Any, ctx: Context) -> None:
    pipeline, prompt = prepared(home, "sdxl", ctx)
    before = {name: tensor.clone() for name, tensor in prompt.tensors.items()}
    latent = sample((pipeline, prompt), ctx)
    samples = latent.samples.clone()
    DecodeLatent(pipeline=pipeline, latent=latent).run(ctx)
    assert all(torch.equal(tensor, before[name]) for name, tensor in prompt.tensors.items())
    assert torch.equal(latent.samples, samples)


def test_a_prompt_or_a_latent_of_another_pipeline_is_refused(home: Any, ctx: Context) -> None:
    pipeline, prompt = prepared(home, "sd", ctx)
    other = loaded(home, "flux", ctx)
    with pytest.raises(ValueError, match="this prompt is of a StableDiffusionPipeline, and the pipeline is 'flux'"):
        sample((other, prompt), ctx)
    latent = sample((pipeline, prompt), ctx, steps=1)
    with pytest.raises(ValueError, match="this latent is of a StableDiffusionPipeline"):
        DecodeLatent(pipeline=other, latent=latent).run(ctx)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"guidance_rescal": 0.5}, "takes no 'guidance_rescal'; did you mean 'guidance_rescale'?"),
        ({"width": 64}, "option 'width' is an input of this node"),
        ({"num_images_per_prompt": 2}, "option 'num_images_per_prompt' is an input of this node"),
        ({"output_type": "pil"}, "option 'output_type' is an input of this node, or set by it"),
    ],
)
def test_an_option_that_cannot_be_is_refused(home: Any, ctx: Context, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        sample(prepared(home, "sd", ctx), ctx, options=options)


def test_a_scheduler_that_does_not_fit_is_refused(home: Any, ctx: Context) -> None:
    with pytest.raises(ValueError, match="DDIMScheduler does not fit the pipeline's FlowMatchEulerDiscreteScheduler"):
        sample(prepared(home, "flux", ctx), ctx, scheduler="ddim")
