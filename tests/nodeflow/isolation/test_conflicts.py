"""Plugins whose dependencies contradict ours, and each other's, in one graph and one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx
import pytest

from nodeflow.app import App
from nodeflow.graph import parse
from tests.nodeflow.isolation.conftest import Install, wheel

# A networkx without anything that nodeflow uses of it: where it is imported, nothing of nodeflow's plans can be.
OLD_NETWORKX = '__version__ = "0.1"\n'
PLUGIN = """
import importlib.metadata, os, sys
from typing import NamedTuple
import numpy as np
import networkx
import rivals
from nodeflow import Encoded, Image, WireType, hookimpl, node

class Told(NamedTuple):
    image: Image
    text: str
    process: int

@node
def shade(image: Image, amount: float = 0.5) -> Told:
    rivals.use()
    found = f"{rivals.__version__} networkx {networkx.__version__}"
    return Told(Image(image.pixels * np.float32(amount)), found, os.getpid())

@hookimpl
def nodeflow_nodes():
    return [shade]
"""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Two plugins: each pins a networkx that nodeflow cannot use, and a version of `rivals` that the other cannot."""
    folder = tmp_path / "wheels"
    wheel(folder, "networkx", {"networkx/__init__.py": OLD_NETWORKX}, version="0.1")
    for version, function in (("1.0", "use"), ("2.0", "use")):
        text = f'__version__ = "rivals {version}"\n\ndef {function}():\n    pass\n'
        wheel(folder, "rivals", {"rivals.py": text}, version=version)
    for name, version in (("first", "1.0"), ("second", "2.0")):
        files = {f"acme_{name}/__init__.py": "", f"acme_{name}/plugin.py": PLUGIN}
        requires = (f"rivals=={version}", "networkx==0.1", "numpy")
        wheel(folder, f"acme-{name}", files, requires=requires, plugins={name: f"acme_{name}.plugin"})
    return folder


GRAPH = {
    "nodeflow": 1,
    "nodes": {
        "grey": {"type": "EmptyImage", "values": {"width": 8, "height": 8, "color": "#ffffff"}},
        "a": {"type": "first/Shade", "links": {"image": "grey.image"}},
        "b": {"type": "second/Shade", "values": {"amount": 0.25}, "links": {"image": "a.image"}},
    },
}


def test_two_plugins_with_incompatible_dependencies_run_in_one_graph(
    wheels: Path, install: Install, app: Callable[..., App]
) -> None:
    for name in ("first", "second"):
        install(name, f"acme-{name}")
    made = app()
    found = {plugin.name: plugin for plugin in made.plugins.loaded if plugin.isolated}
    assert {name: (plugin.state, plugin.error) for name, plugin in found.items()} == {
        "first": ("loaded", ""),
        "second": ("loaded", ""),
    }
    graph = parse(GRAPH)
    plan = made.plan(graph, ["a", "b"])
    result = made.executor.run_sync(plan).raise_error()
    assert (result["a.text"], result["b.text"]) == ("rivals 1.0 networkx 0.1", "rivals 2.0 networkx 0.1")
    assert result["a.process"] != result["b.process"]
    assert float(result["b.image"].pixels.max()) == pytest.approx(0.125)
    # Ours is untouched.
    assert networkx.__version__ != "0.1"
    again = made.executor.run_sync(made.plan(graph, ["b"])).raise_error()
    assert again.steps["b"].state == "cached"


def test_in_one_environment_they_cannot_be(wheels: Path, install: Install) -> None:
    import subprocess

    with pytest.raises(subprocess.CalledProcessError):
        install("both", "acme-first", "acme-second")
