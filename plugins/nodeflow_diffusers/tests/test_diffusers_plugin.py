"""The plugin loads lightly, and says what its results depend on."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest
from nodeflow_diffusers import placement
from nodeflow_diffusers.placement import Placement
from nodeflow_diffusers.plugin import nodeflow_environment

from nodeflow.app import App
from nodeflow.errors import ConfigError


def test_declaring_it_imports_no_torch() -> None:
    code = "import sys; from nodeflow_diffusers import plugin; plugin.nodeflow_environment({}); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(told.stdout.split())
    assert "nodeflow_diffusers.nodes" in loaded
    assert "diffusers" not in loaded
    assert "transformers" not in loaded
    assert "torch" not in loaded or not version("torch").endswith("+cpu")


def test_everything_it_brings_is_there(app: App) -> None:
    (plugin,) = (plugin for plugin in app.plugins.loaded if plugin.name == "diffusers")
    assert (plugin.state, plugin.error, plugin.distribution) == ("loaded", "", "nodeflow-diffusers")
    names = ("DecodeLatent", "EncodePrompt", "LoadPipeline", "SampleLatent")
    assert sorted(plugin.nodes) == [f"diffusers/{name}" for name in names]
    for wire in ("DiffusersLatent", "DiffusersPipeline", "DiffusersPrompt"):
        assert app.registry.type_owner(wire) == "diffusers"


def test_the_environment_names_versions_and_place() -> None:
    found = nodeflow_environment({"device": "cpu", "dtype": "bf16"})
    assert found == {
        "diffusers": version("diffusers"),
        "torch": version("torch"),
        "transformers": version("transformers"),
        "device": "cpu",
        "dtype": "bfloat16",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "tpu"}, "device 'tpu' is no device; there are auto, cpu"),
        ({"dtype": "int8"}, "no dtype 'int8'; there are auto, float32, float16, bfloat16"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        placement.choose(settings)


def test_the_fastest_device_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_there", lambda: ("cpu",))
    assert placement.choose({}) == Placement("cpu", "float32")
    with pytest.raises(ConfigError, match="device 'cuda' is not on this machine; there are auto, cpu"):
        placement.choose({"device": "cuda"})
    monkeypatch.setattr(placement, "_there", lambda: ("cpu", "mps"))
    assert placement.choose({"device": "auto"}) == Placement("mps", "float16")
    assert placement.choose({"device": "cpu", "dtype": "fp32"}).float_bytes == 4
