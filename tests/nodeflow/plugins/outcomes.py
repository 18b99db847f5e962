"""A plugin with which all is well, and what became of plugins that were loaded."""

from __future__ import annotations

from nodeflow.plugins import Plugin, Plugins

GOOD = """
from nodeflow import Image, hookimpl, node

@node
def sharpen(image: Image) -> Image:
    return image

@hookimpl
def nodeflow_nodes():
    return [sharpen]
"""


def states(plugins: Plugins) -> dict[str, str]:
    return {plugin.name: plugin.state for plugin in plugins.loaded}


def failed(plugins: Plugins, name: str) -> Plugin:
    (plugin,) = (plugin for plugin in plugins.loaded if plugin.name == name and plugin.state == "failed")
    assert plugin.traceback.startswith("Traceback (most recent call last)")
    assert (plugin.nodes, plugin.hooks) == ((), ())
    return plugin
