"""The pack as a plugin: declared without torch, seen in any light, open to other plugins."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion import plugin
from nodeflow_diffusion.lib.placement import cpu_only
from torch import Tensor

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.errors import ConfigError, UnknownName
from nodeflow.graph import parse
from nodeflow.spec import NodeSpec

GRAPHS = Path(__file__).parents[2] / "graphs"

WITHOUT_TORCH = """
import json, sys
from pathlib import Path
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse

folder, graph, environment = sys.argv[1:]
app = App(Config(data_dir=Path(folder), cache_dir=Path(folder) / "cache", device="cpu"))
schemas = [spec.json_schema() for spec in app.registry.nodes.values() if spec.owner == "diffusion"]
choices = {name: sorted(table) for name, table in app.registry.tables.items()}
document = parse(Path(graph).read_bytes())
steps = len((app.plan if environment else app.check)(document).steps)
heavy = sorted({"torch", "transformers", "diffusers", "scipy"} & set(sys.modules))
print(json.dumps({"heavy": heavy, "nodes": len(schemas), "choices": choices, "steps": steps}))
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder whose checkpoint has the name that the sample graphs use, and nothing in it."""
    folder = tmp_path / "models" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "nodeflow-scenes.safetensors").write_bytes(b"")
    return tmp_path


def test_declaring_listing_and_compiling_import_no_torch(data_dir: Path) -> None:
    """On a build of torch that may have a GPU, asking for the environment does import it."""
    environment = "yes" if cpu_only() else ""
    command = [sys.executable, "-c", WITHOUT_TORCH, str(data_dir), str(GRAPHS / "txt2img.json"), environment]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert told["heavy"] == []
    assert told["nodes"] == len(plugin.NODES)
    assert "euler" in told["choices"]["samplers"]
    assert "karras" in told["choices"]["schedules"]
    assert told["steps"] == 7


def test_every_node_is_documented_and_filed() -> None:
    for node in plugin.NODES:
        spec = NodeSpec.of(node)
        assert spec.description.endswith("."), spec.name
        assert spec.category, spec.name


def test_names_are_those_that_graphs_use() -> None:
    names = {NodeSpec.of(node).name for node in plugin.NODES}
    assert {"LoadCheckpoint", "CLIPSetLastLayer", "KSampler", "VAEDecodeTiled", "AddNoise", "EmptyLatent"} <= names
    outputs = {NodeSpec.of(node).name: tuple(NodeSpec.of(node).outputs) for node in plugin.NODES}
    assert outputs["LoadCheckpoint"] == ("model", "text_encoder", "vae")
    assert outputs["TextEncode"] == ("conditioning",)
    assert outputs["VAEDecode"] == ("image",)
    assert outputs["LoadVAE"] == ("vae",)


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("background", ["#ffffff", "#1e1e22"])
def test_colours_stand_out_in_light_and_dark(background: str) -> None:
    for wire in plugin.TYPES:
        high, low = sorted((luminance(wire.color), luminance(background)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3, wire.name


def test_colours_differ() -> None:
    assert len({wire.color for wire in plugin.TYPES}) == len(plugin.TYPES)


def test_every_type_is_stored() -> None:
    assert all(wire.codec is not None for wire in plugin.TYPES)


def test_the_environment_is_what_results_depend_on() -> None:
    told = plugin.nodeflow_environment({"device": "cpu", "dtype": "bfloat16"})
    assert told["torch"] == torch.__version__
    assert (told["device"], told["dtype"], told["vae_dtype"]) == ("cpu", "bfloat16", "bfloat16")
    assert told["transformers"]
    assert plugin.nodeflow_environment({"device": "cpu", "dtype": "float32"}) != told


def test_a_device_that_is_not_there_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"no device 'gpu'; there are auto, cpu, cuda, mps"):
        plugin.nodeflow_environment({"device": "gpu"})


def test_a_missing_library_is_no_error() -> None:
    assert plugin.installed("no-such-distribution") == ""


PLUGIN = '''
"""A sampler and a schedule of another plugin."""

import torch
from nodeflow_diffusion.lib.sampling import Step

from nodeflow import hookimpl


def halving(denoise, x, sigmas, noise):
    yield Step(0, x / 2, sigmas[-1], x)


def two(steps, levels):
    return torch.tensor([2.0, 1.0, 0.0])


@hookimpl
def nodeflow_choices():
    return {"samplers": {"halving": halving}, "schedules": {"two": "acme_halving:two"}}
'''


@pytest.fixture
def app(data_dir: Path, models_folder: Path) -> App:
    """With the plugin `acme_halving`, a file among the plugins of the data folder, and a tiny checkpoint."""
    (data_dir / "plugins").mkdir()
    (data_dir / "plugins" / "acme_halving.py").write_text(PLUGIN)
    checkpoint = data_dir / "models" / "checkpoints" / "nodeflow-scenes.safetensors"
    checkpoint.unlink()
    checkpoint.hardlink_to(models_folder / "checkpoints" / "patchy.safetensors")
    return App(Config(data_dir=data_dir, cache_dir=data_dir / "cache", device="cpu", dtype="float32"))


def sampled(app: App, **values: object) -> Tensor:
    graph = parse((GRAPHS / "txt2img.json").read_bytes()).with_values({"sample": {"seed": 3, **values}})
    result = app.executor.run_sync(app.plan(graph, targets=["sample"])).raise_error()
    samples: Tensor = result.outputs["sample"]["latent"].samples
    return samples


def test_another_plugins_sampler_and_schedule_are_chosen_by_name(app: App) -> None:
    assert {plugin.name: plugin.state for plugin in app.plugins.loaded}["acme_halving"] == "loaded"
    noise = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(3))
    assert torch.allclose(sampled(app, sampler="halving"), noise * 14.6146 / 2, atol=1e-3)
    assert torch.allclose(sampled(app, sampler="halving", schedule="two"), noise, atol=1e-6)
    assert not torch.allclose(sampled(app, schedule="two"), sampled(app), atol=0.1)
    with pytest.raises(UnknownName, match="did you mean 'halving'"):
        app.registry.table("samplers")["halvin"]
