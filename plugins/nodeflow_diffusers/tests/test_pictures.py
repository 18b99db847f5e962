"""Pictures of pictures: the same as the pipeline of diffusers that makes them, whatever the family."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoPipelineForImage2Image
from nodeflow_diffusers import pictures
from nodeflow_diffusers.nodes import EncodePrompt, LoadPipeline, SampleLatent

from nodeflow import Context, Image

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")
PICTURE = Image(np.random.default_rng(0).random((1, 32, 32, 3), np.float32))


def sampled(home: Any, family: str, ctx: Context, **values: Any) -> torch.Tensor:
    home.pipeline(family)
    pipeline = LoadPipeline(pipeline=family).run(ctx)
    prompt = EncodePrompt(pipeline=pipeline, prompt="a circle").run(ctx)
    given = {"steps": 4, "seed": 5, "image": PICTURE, "strength": 0.5, **values}
    return SampleLatent(pipeline=pipeline, prompt=prompt, **given).run(ctx).samples


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_it_is_what_the_pipeline_makes(home: Any, ctx: Context, family: str) -> None:
    theirs = AutoPipelineForImage2Image.from_pipe(home.pipeline(family))
    theirs.set_progress_bar_config(disable=True)
    expected = theirs(
        prompt="a circle",
        image=torch.from_numpy(PICTURE.pixels.copy()).movedim(-1, 1),
        strength=0.5,
        num_inference_steps=4,
        generator=torch.Generator("cpu").manual_seed(5),
        output_type="latent",
        return_dict=False,
    )[0]
    found = sampled(home, family, ctx)
    assert torch.allclose(found, expected.float(), atol=1e-4)
    assert not torch.allclose(found, sampled(home, family, ctx, strength=1.0), atol=1e-2)


def test_steps_are_told_as_the_strength_leaves_them(home: Any, ctx: Context) -> None:
    steps: list[tuple[float, float]] = []
    named = {name: getattr(ctx, name) for name in ("folders", "models", "choices", "settings")}
    sampled(home, "sd", Context(**named, report=lambda done, total, _: steps.append((done, total))))
    assert steps[1:] == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"width": 64}, "width is 64, and the picture to begin with has 32; leave it open"),
        ({"image": None}, "strength says how much of a picture is made anew; link an image"),
        ({"image": Image(np.zeros((3, 32, 32, 3), np.float32)), "batch": 2}, "there are 3 pictures to begin with"),
    ],
)
def test_what_contradicts_the_picture_is_refused(home: Any, ctx: Context, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sampled(home, "sd", ctx, **values)


def test_transparency_is_left_out_and_one_picture_is_for_all() -> None:
    made = pictures.tensor(Image(np.ones((1, 4, 6, 4), np.float32)), 2)
    assert made.shape == (2, 3, 4, 6)
