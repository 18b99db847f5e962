"""Loading real distributions: each by itself, in a fixed order, and a bad one is told of and listed."""

import importlib.metadata
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from nodeflow.plugins import load_plugins
from tests.nodeflow.plugins.outcomes import GOOD, failed, states

ENVIRONMENT = """
@hookimpl
def nodeflow_environment(settings):
    return settings
"""


def test_an_entry_point_that_leads_nowhere(site: Any) -> None:
    site.install("acme-bad", {"bad_plugin.py": GOOD}, {"bad": "bad_plugin:missing", "worse": "nowhere.at.all"})
    plugins = site.load()
    assert "has no attribute 'missing'" in failed(plugins, "bad").error
    assert failed(plugins, "worse").error == "ModuleNotFoundError: No module named 'nowhere'"


@pytest.mark.parametrize("value", ["not a module", "a/b.py", "acme:", ""])
def test_an_entry_point_that_is_no_place(site: Any, value: str) -> None:
    (plugin,) = load_plugins([EntryPoint("bad", value, "nodeflow")]).loaded
    assert plugin.error == f"entry point 'bad': {value!r} must look like 'package.module'"


def test_a_plugin_may_be_an_object_of_a_module(site: Any) -> None:
    methods = GOOD.replace(
        "@hookimpl\ndef nodeflow_nodes():\n    return",
        "class Hooks:\n    @hookimpl\n    def nodeflow_nodes(self):\n        return",
    )
    site.install("acme", {"first.py": f"{methods}\nhooks = Hooks()\n"}, {"acme": "first:hooks"})
    assert list(site.load().registry.nodes) == ["acme/Sharpen"]


def test_the_second_of_a_name_is_listed_and_names_both_distributions(site: Any) -> None:
    site.install("second-acme", {"second.py": GOOD.replace("sharpen", "blur") + ENVIRONMENT}, {"acme": "second"})
    site.install("first-acme", {"first.py": GOOD}, {"acme": "first"})
    plugins = site.load()
    assert [(plugin.distribution, plugin.state) for plugin in plugins.loaded] == [
        ("first-acme", "loaded"),
        ("second-acme", "failed"),
    ]
    assert failed(plugins, "acme").error == (
        "plugin 'acme' of distribution 'second-acme' has the name of one of 'first-acme'; "
        "one of them must rename its entry point"
    )
    assert list(plugins.registry.nodes) == ["acme/Sharpen"]
    assert plugins.environment({"device": "cpu"}) == {}
    assert "second" not in sys.modules


def test_one_module_is_one_plugin(site: Any) -> None:
    site.install("acme", {"first.py": GOOD}, {"a": "first", "b": "first"})
    plugins = site.load()
    assert states(plugins) == {"a": "loaded", "b": "failed"}
    assert failed(plugins, "b").error == "'first' is already loaded, as plugin 'a'"


@pytest.mark.parametrize("name", ["a/b", "ä", "-a", "a b"])
def test_a_name_that_cannot_be_a_prefix(site: Any, name: str) -> None:
    site.install("acme", {"first.py": GOOD}, {})
    (plugin,) = load_plugins([EntryPoint(name, "first", "nodeflow")]).loaded
    assert plugin.error == f"plugin {name!r}: a name is letters, digits, '_', '-' and '.'"


def test_a_disabled_plugin_is_listed_and_not_imported(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    site.install("acme", {"off.py": "raise SystemExit"}, {"off": "off"})
    plugins = site.load(disabled=("off", "of", "quite_another"))
    assert states(plugins) == {"off": "disabled"}
    assert "off" not in sys.modules
    assert caplog.messages == ["no plugin 'of' to disable; did you mean 'off'?", "no plugin 'quite_another' to disable"]


def test_an_interruption_is_nobodys_fault(site: Any) -> None:
    site.install("acme", {"slow.py": "raise KeyboardInterrupt"}, {"slow": "slow"})
    with pytest.raises(KeyboardInterrupt):
        site.load()


def test_the_built_in_packs_come_by_entry_points_first_and_with_bare_names() -> None:
    points = importlib.metadata.distribution("nodeflow").entry_points.select(group="nodeflow")
    plugins = load_plugins(reversed(list(importlib.metadata.entry_points(group="nodeflow"))))
    own = [plugin for plugin in plugins.loaded if plugin.distribution == "nodeflow"]
    assert [plugin.name for plugin in own] == sorted(point.name for point in points)
    assert own == list(plugins.loaded[: len(own)])
    assert {plugin.state for plugin in own} == {"loaded"}
    assert not any("/" in name for plugin in own for name in plugin.nodes)
    assert {plugins.registry.type_owner(name) for name in ("Latent", "Conditioning", "VAE")} == {"diffusion"}


def test_the_order_of_discovery_does_not_matter(site: Any) -> None:
    """All three bring the same choice; the first by name has it, however they are found."""
    modes = "from nodeflow import hookimpl\n@hookimpl\ndef nodeflow_choices():\n    return {'modes': {'soft': len}}\n"
    for name in "cab":
        site.install(f"acme-{name}", {f"{name}.py": modes}, {name: name})
    for points in itertools.permutations(site.entry_points):
        plugins = load_plugins(points)
        assert list(states(plugins).items()) == [("a", "loaded"), ("b", "failed"), ("c", "failed")]
        assert failed(plugins, "c").error == "mode 'soft' of 'c' exists already, from 'a'"


def nodeflow(site: Any, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with that folder on its import path."""
    home = {name: str(site.root.parent / name) for name in ("NODEFLOW_DATA_DIR", "NODEFLOW_CACHE_DIR")}
    variables: Mapping[str, str] = {**os.environ, **home, "PYTHONPATH": str(site.root), **environment}
    command = [sys.executable, "-m", "nodeflow", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_lists_the_bad_ones_and_runs_the_good_ones(site: Any, tmp_path: Path) -> None:
    good = GOOD.replace("image: Image) -> Image", "text: str) -> str").replace("return image", "return text + '!'")
    site.install("acme-good", {"good.py": good}, {"good": "good"})
    site.install("acme-exit", {"leaver.py": "import sys\nsys.exit(3)"}, {"leaver": "leaver"})
    site.install("acme-image", {"other.py": GOOD}, {"image": "other"})
    listed = nodeflow(site, "plugins", "--json")
    assert listed.returncode == 0
    found = {(p["name"], p["distribution"]): p for p in json.loads(listed.stdout)["plugins"]}
    # Beside these there is whatever else is installed.
    assert {key: p["state"] for key, p in found.items()}.items() >= {
        ("basic", "nodeflow"): "loaded",
        ("diffusion", "nodeflow"): "loaded",
        ("image", "nodeflow"): "loaded",
        ("good", "acme-good"): "loaded",
        ("image", "acme-image"): "failed",
        ("leaver", "acme-exit"): "failed",
    }.items()
    assert "sys.exit(3)" in found["leaver", "acme-exit"]["traceback"]
    assert "'acme-image' has the name of one of 'nodeflow'" in found["image", "acme-image"]["error"]
    graph = tmp_path / "graph.json"
    values = {"a": {"type": "good/Sharpen", "values": {"text": "sharp"}}}
    graph.write_text(json.dumps({"nodeflow": 1, "nodes": values}))
    ran = nodeflow(site, "run", str(graph), "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["state"] == "succeeded"
