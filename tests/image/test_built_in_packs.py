"""The packs are ordinary plugins: under another name, as a copy of one would be, they load like any other."""

from importlib.metadata import EntryPoint
from typing import Any

import nodeflow_basic.plugin
import nodeflow_image.plugin
import pytest

from nodeflow.plugins import load_plugins


@pytest.mark.parametrize("module", [nodeflow_basic.plugin, nodeflow_image.plugin])
def test_the_packs_load_as_plugins_do(module: Any) -> None:
    plugins = load_plugins([EntryPoint("copied", module.__name__, "nodeflow")])
    (plugin,) = plugins.loaded
    assert (plugin.state, plugin.error) == ("loaded", "")
    assert len(plugin.nodes) == len(module.NODES)
    assert all(name.startswith("copied/") for name in plugin.nodes)
