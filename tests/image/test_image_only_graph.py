"""The sample graph without torch: it compiles, and its steps, run one after the other, make the picture they should."""

import io
from pathlib import Path
from typing import Any

import nodeflow_image.plugin
import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter

from nodeflow import png
from nodeflow.cache import Cache
from nodeflow.executor import Executor, Result
from nodeflow.folders import Folders
from nodeflow.graph import Graph, parse
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.store import Store

GRAPH = Path(__file__).parents[2] / "graphs" / "image-only.json"


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add_nodes(NodeSpec.of(node, owner="image") for node in nodeflow_image.plugin.nodeflow_nodes())
    for table, choices in nodeflow_image.plugin.nodeflow_choices().items():
        registry.add_choices(table, choices, "image")
    return registry


@pytest.fixture
def executor(registry: Registry, tmp_path: Path) -> Executor:
    store = Store(tmp_path)
    folders = Folders(tuple(nodeflow_image.plugin.nodeflow_model_folders()), store=store)
    return Executor(registry, store=store, folders=folders, cache=Cache(memory_bytes=2**26))


def run(graph: Graph, executor: Executor) -> Result:
    services = executor.services
    targets = ["sized", "soft_area", "focused", "save"]
    result = executor.run_sync(compile_graph(graph, services.registry, folders=services.folders, targets=targets))
    assert (result.state, result.error) == ("succeeded", None)
    return result


def without_versions(graph: Graph) -> dict[str, Any]:
    nodes: dict[str, dict[str, Any]] = graph.dump()["nodes"]
    return {name: {key: value for key, value in node.items() if key != "version"} for name, node in nodes.items()}


def test_the_graph_blurs_all_but_the_square(executor: Executor) -> None:
    graph = parse(GRAPH.read_bytes())
    outputs = run(graph, executor).outputs
    sharp, mask = outputs["sized"]["image"].pixels[0], outputs["soft_area"]["mask"].values[0, ..., None]
    blurred = gaussian_filter(sharp.astype(np.float64), 8.0, axes=(0, 1), mode="nearest", radius=32)
    expected = blurred * (1 - mask) + sharp * mask
    assert mask[128, 192] > 0.99
    assert mask[128, 40] == 0
    (file,) = outputs["save"]["files"]
    data = executor.services.store.read(file.sha256)
    saved = png.read_graph(data)
    assert {node.version for node in saved.nodes.values()} == {1}, "it tells the version of each node"
    assert {**saved.dump(), "nodes": without_versions(saved)} == graph.dump()
    with PillowImage.open(io.BytesIO(data)) as picture:
        assert picture.size == (256, 256)
        assert np.abs(np.asarray(picture) / 255 - expected).max() <= 0.51 / 255


def test_a_caller_may_set_what_the_graph_offers(executor: Executor) -> None:
    graph = parse(GRAPH.read_bytes()).with_inputs({"blur": 0.0, "prefix": "plain", "image": "cutout.png"})
    outputs = run(graph, executor).outputs
    assert np.allclose(outputs["focused"]["image"].pixels, outputs["sized"]["image"].pixels, atol=1e-6)
    assert outputs["save"]["files"][0].name == "plain_00000.png"


def test_another_blur_computes_only_what_follows_it(executor: Executor) -> None:
    graph = parse(GRAPH.read_bytes())
    run(graph, executor)
    again = run(graph, executor)
    assert {report.state for report in again.steps.values()} <= {"cached", "skipped"}
    changed = run(graph.with_inputs({"blur": 4.0}), executor)
    assert {name for name, report in changed.steps.items() if report.state == "done"} == {"blurred", "focused", "save"}
