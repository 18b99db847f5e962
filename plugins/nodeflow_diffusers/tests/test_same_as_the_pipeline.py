"""Graphs give what a direct call of the pipeline gives, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, EulerAncestralDiscreteScheduler

from nodeflow.app import App
from nodeflow.graph import parse

GRAPH = Path(__file__).parents[1] / "graphs" / "text-to-picture.json"
FAMILIES = ("sd", "sdxl", "sd3", "sd3-without-t5", "flux")
# torch's own arrays trip over numpy 2 inside some schedulers.
pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")


def through_the_graph(app: App, **inputs: Any) -> Any:
    """The pictures of the sample graph; a name with a dot sets any value."""
    document = parse(GRAPH.read_bytes()).dump()
    for name in [name for name in inputs if "." in name]:
        node, _, value = name.partition(".")
        document["nodes"][node].setdefault("values", {})[value] = inputs.pop(name)
    graph = parse(document).with_inputs(inputs)
    return app.run(graph, ["decode"]).raise_error()["decode.image"].pixels


def directly(pipeline: Any, seed: int, **arguments: Any) -> Any:
    generator = torch.Generator("cpu").manual_seed(seed)
    return pipeline(generator=generator, output_type="np", **arguments).images


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt(app: App, home: Any, family: str) -> None:
    pipeline = home.pipeline(family)
    ours = through_the_graph(app, pipeline=family, prompt="a red circle", seed=7, steps=3, width=32, height=48)
    theirs = directly(pipeline, 7, prompt="a red circle", num_inference_steps=3, width=32, height=48)
    assert ours.shape == (1, 48, 32, 3)
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("family", FAMILIES[:-1])
def test_a_negative_prompt_guidance_and_a_batch(app: App, home: Any, family: str) -> None:
    pipeline = home.pipeline(family)
    texts = {"prompt": "a red circle", "negative": "a square"}
    sizes = {"seed": 3, "steps": 2, "cfg": 3.5, "width": 32, "height": 32}
    ours = through_the_graph(app, pipeline=family, **texts, **sizes, **{"sample.batch": 2})
    theirs = directly(
        pipeline,
        3,
        prompt="a red circle",
        negative_prompt="a square",
        guidance_scale=3.5,
        num_images_per_prompt=2,
        num_inference_steps=2,
        width=32,
        height=32,
    )
    assert ours.shape == (2, 32, 32, 3)
    assert np.allclose(ours, theirs, atol=1e-6)
    assert not np.allclose(ours[0], ours[1], atol=0.01)


def test_flux_takes_a_negative_prompt_by_an_option(app: App, home: Any) -> None:
    sizes = {"seed": 3, "steps": 2, "width": 32, "height": 32}
    ours = through_the_graph(
        app,
        pipeline="flux",
        prompt="a red circle",
        negative="a square",
        **sizes,
        **{"sample.options": {"true_cfg_scale": 3.0}},
    )
    said = {"prompt": "a red circle", "num_inference_steps": 2, "width": 32, "height": 32}
    theirs = directly(home.pipeline("flux"), 3, **said, negative_prompt="a square", true_cfg_scale=3.0)
    assert np.allclose(ours, theirs, atol=1e-6)
    assert not np.allclose(ours, directly(home.pipeline("flux"), 3, **said), atol=1e-4)


def test_what_is_left_open_is_the_pipelines_own(app: App, home: Any) -> None:
    ours = through_the_graph(app, pipeline="sd", prompt="x", seed=1)
    assert np.array_equal(ours, directly(home.pipeline("sd"), 1, prompt="x"))
    assert ours.shape == (1, 32, 32, 3)


def test_a_chosen_scheduler(app: App, home: Any) -> None:
    pipeline = home.pipeline("sd")
    said = {"pipeline": "sd", "prompt": "x", "seed": 1, "steps": 3}
    ours = through_the_graph(app, **said, **{"sample.scheduler": "euler_ancestral"})
    own = pipeline.scheduler
    # As it is in the folder: one made by hand does not pass on what it has by default.
    config = DDIMScheduler.load_config(home.folder("sd") / "scheduler")
    pipeline.scheduler = EulerAncestralDiscreteScheduler.from_config(config)
    theirs = directly(pipeline, 1, prompt="x", num_inference_steps=3)
    pipeline.scheduler = own
    assert np.array_equal(ours, theirs)
    assert not np.allclose(ours, through_the_graph(app, **said), atol=1e-3)


def test_only_what_changed_runs_again(app: App, home: Any) -> None:
    home.pipeline("sd")
    graph = parse(GRAPH.read_bytes())
    said = {"pipeline": "sd", "prompt": "x", "steps": 1}
    app.run(graph.with_inputs({**said, "seed": 1})).raise_error()
    again = app.run(graph.with_inputs({**said, "seed": 2})).raise_error()
    ran = {node for node, step in again.steps.items() if step.state == "done"}
    assert ran == {"sample", "decode", "save"}


def test_the_graph_is_written_as_graphs_are() -> None:
    document = parse(GRAPH.read_bytes()).dump()
    assert set(document["layout"]) == set(document["nodes"])
