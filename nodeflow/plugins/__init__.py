"""Loading plugins: one by one in a fixed order; a bad one is listed with its traceback and leaves nothing behind."""

from nodeflow.distribution import HOST
from nodeflow.plugins.carrying import carry_out
from nodeflow.plugins.defaults import Doubt, doubts
from nodeflow.plugins.hooks import HOOKS
from nodeflow.plugins.loading import load_plugins, sources
from nodeflow.plugins.plugin import Plugin, Plugins
from nodeflow.plugins.renewal import renewed
from nodeflow.plugins.source import Source

__all__ = [
    "HOOKS",
    "HOST",
    "Doubt",
    "Plugin",
    "Plugins",
    "Source",
    "carry_out",
    "doubts",
    "load_plugins",
    "renewed",
    "sources",
]
