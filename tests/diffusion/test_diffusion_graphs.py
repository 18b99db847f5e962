"""The sample graphs run, by the executor, on a tiny checkpoint of the kind that comes with the pack."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.context import Cancellation
from nodeflow.events import Event
from nodeflow.executor import Result
from nodeflow.graph import Graph, parse

GRAPHS = Path(__file__).parents[2] / "graphs"
NAMES = ("txt2img", "img2img", "inpaint", "upscale-latent", "compare-samplers")
QUICK = {"sample": {"steps": 2}, "steps": {"value": 2}}

MakeApp = Callable[[], App]


@pytest.fixture
def make_app(tmp_path: Path, models_folder: Path) -> MakeApp:
    """Apps that share one data folder and one cache folder, in which the tiny checkpoint has the pack's name."""
    folder = tmp_path / "data" / "models" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "nodeflow-scenes.safetensors").hardlink_to(models_folder / "checkpoints" / "patchy.safetensors")
    config = Config(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", device="cpu", dtype="float32")
    return lambda: App(config)


def load(name: str) -> Graph:
    """A sample graph with fewer steps."""
    graph = parse((GRAPHS / f"{name}.json").read_bytes())
    return graph.with_values({node: values for node, values in QUICK.items() if node in graph.nodes})


def run(app: App, graph: Graph, *targets: str, **how: Any) -> Result:
    return app.executor.run_sync(app.plan(graph, targets=targets or None), **how)


def pixels(app: App, graph: Graph, node: str = "decode") -> NDArray[np.float32]:
    made: NDArray[np.float32] = run(app, graph, node).raise_error().outputs[node]["image"].pixels
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_graph_makes_a_picture(make_app: MakeApp, name: str) -> None:
    result = run(make_app(), load(name)).raise_error()
    (files,) = result.artifacts.values()
    assert all(file.media_type == "image/png" for file in files)
    assert len(files) == (4 if name == "compare-samplers" else 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_graph_is_written_canonically(name: str) -> None:
    document = json.loads((GRAPHS / f"{name}.json").read_text())
    assert parse(document).dump() == document
    assert set(document["layout"]) == set(document["nodes"])


def test_the_first_graph_has_the_inputs_that_callers_know() -> None:
    assert list(load("txt2img").inputs) == ["prompt", "negative", "seed", "steps", "cfg", "width", "height"]


def test_inputs_change_the_picture(make_app: MakeApp) -> None:
    app, graph = make_app(), load("txt2img")
    first = pixels(app, graph)
    for name, value in (("prompt", "a blue ring"), ("negative", "red"), ("seed", 8), ("cfg", 9.0), ("steps", 3)):
        assert not np.array_equal(pixels(app, graph.with_inputs({name: value})), first), name
    assert pixels(app, graph.with_inputs({"width": 96, "height": 64})).shape == (1, 64, 96, 3)


def test_a_picture_is_the_same_in_another_process(make_app: MakeApp) -> None:
    """Another app with nothing in memory; without the cache it computes all anew."""
    graph = load("txt2img")
    first, again = make_app(), make_app()
    wanted = pixels(first, graph)
    result = run(again, graph, "decode", use_cache=False).raise_error()
    assert {report.state for report in result.steps.values()} == {"done"}
    np.testing.assert_array_equal(result.outputs["decode"]["image"].pixels, wanted)


def test_a_cached_run_loads_no_model(make_app: MakeApp) -> None:
    graph = load("txt2img")
    wanted = pixels(make_app(), graph)
    app = make_app()
    result = run(app, graph, "decode").raise_error()
    assert result.steps["decode"].state == "cached"
    assert app.models.keys() == ()
    np.testing.assert_array_equal(result.outputs["decode"]["image"].pixels, wanted)


def test_another_prompt_encodes_and_samples_again_and_nothing_else(make_app: MakeApp) -> None:
    app, graph = make_app(), load("txt2img")
    run(app, graph, "decode").raise_error()
    result = run(app, graph.with_inputs({"prompt": "a blue ring"}), "decode").raise_error()
    done = {node for node, report in result.steps.items() if report.state == "done"}
    assert done == {"prompt", "sample", "decode"}


def test_a_replaced_checkpoint_is_noticed(make_app: MakeApp, models_folder: Path) -> None:
    app, graph = make_app(), load("txt2img").with_values({"sample": {"cfg": 1.0}})
    run(app, graph, "sample").raise_error()
    path = app.folders.path("checkpoints", "nodeflow-scenes.safetensors")
    path.unlink()
    path.write_bytes((models_folder / "checkpoints" / "small.safetensors").read_bytes())
    result = run(app, graph, "sample").raise_error()
    assert result.steps["checkpoint"].state == "done"
    assert result.outputs["sample"]["latent"].channels == 4


def test_inpainting_keeps_the_picture_outside(make_app: MakeApp) -> None:
    app, graph = make_app(), load("inpaint")
    result = run(app, graph, "together", "sized", "soft_area", "sample", "masked").raise_error()
    old, new = (result.outputs[node]["image"].pixels for node in ("sized", "together"))
    outside = result.outputs["soft_area"]["mask"].values == 0
    assert 0.3 < outside.mean() < 1
    np.testing.assert_array_equal(new[outside], old[outside])
    assert not np.allclose(new[~outside], old[~outside], atol=0.05)
    before, after = (result.outputs[node]["latent"] for node in ("masked", "sample"))
    kept = (before.noise_mask == 0).expand_as(before.samples)
    assert bool((before.samples[kept] == after.samples[kept]).all())


def test_two_passes_make_a_larger_picture(make_app: MakeApp) -> None:
    assert pixels(make_app(), load("upscale-latent")).shape == (1, 192, 192, 3)


def test_samplers_share_their_seed_and_differ(make_app: MakeApp) -> None:
    # In two steps a multistep sampler has nothing to remember yet.
    made = pixels(make_app(), load("compare-samplers").with_inputs({"steps": 3}))
    assert made.shape == (4, 128, 128, 3)
    assert all(not np.array_equal(made[i], made[j]) for i in range(4) for j in range(i))


def test_cancelling_in_the_middle_leaves_nothing(make_app: MakeApp) -> None:
    app, graph, cancel = make_app(), load("txt2img"), Cancellation()
    graph = graph.with_values({"sample": {"steps": 50}})

    def listener(event: Event) -> None:
        if event.kind == "node_progress" and event.node_id == "sample" and event.data["done"] >= 3:
            cancel.cancel()

    result = run(app, graph, "decode", listener=listener, cancel=cancel)
    assert result.state == "cancelled"
    assert result.outputs == {}
    plan = app.plan(graph, targets=["decode"])
    kept = {step.id for step in plan.steps if app.cache.has(step.key, step.spec.name)}
    assert kept == {"checkpoint", "prompt", "negative", "empty"}


def test_a_latent_of_another_kind_fails_with_the_way_out(make_app: MakeApp) -> None:
    graph = load("txt2img")
    nodes = dict(graph.nodes)
    nodes["empty"] = nodes["empty"].model_copy(update={"links": {}})
    result = run(make_app(), graph.model_copy(update={"nodes": nodes}), "sample")
    assert result.state == "failed"
    assert result.error is not None
    assert result.error.node_id == "sample"
    assert "link the checkpoint's vae to EmptyLatent" in str(result.error)
