"""Loading plugins: one by one in a fixed order; a bad one is listed with its traceback and leaves nothing behind."""

from nodeflow.plugins.brought import HOOKS
from nodeflow.plugins.loading import HOST, load_plugins
from nodeflow.plugins.plugin import Plugin, Plugins

__all__ = ["HOOKS", "HOST", "Plugin", "Plugins", "load_plugins"]
