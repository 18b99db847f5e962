"""Executors that plugins bring, put in the place of what nodes do by themselves, as the settings say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nodeflow.context import Context
from nodeflow.node import Node
from nodeflow.plugins.brought import Executor
from nodeflow.plugins.plugin import Plugins
from nodeflow.problems import meant, nearest
from nodeflow.spec import NodeSpec


def carry_out(plugins: Plugins, settings: Mapping[str, str], warn: Callable[[str], None]) -> None:
    """Have executors carry out nodes: `settings` maps a node type, or a plugin, to the executor that it is given to.

    What names a node type goes before what names its plugin. A name of either kind that is not there is warned about,
    and changes nothing: the plugin that has it may have failed.
    """
    registry, owners = plugins.registry, {plugin.name for plugin in plugins.loaded}
    subjects = [*owners, *registry.nodes]
    for subject, name in settings.items():
        if subject not in subjects:
            warn(f"settings: executors: no plugin or node type {subject!r}{meant(nearest(subject, subjects))}")
        if name not in plugins.executors:
            near = meant(nearest(name, plugins.executors))
            warn(f"settings: executors: no executor {name!r} for {subject!r}{near}")
    for type_name, spec in list(registry.nodes.items()):
        wanted = settings.get(type_name) or settings.get(spec.owner) or ""
        if wanted in plugins.executors:
            registry.replace_node(_carried(spec, plugins.executors[wanted]))


def _carried(spec: NodeSpec, executor: Executor) -> NodeSpec:
    """The same node type, whose `run` is the executor's."""
    original = spec.node

    def run(self: Node, ctx: Context) -> Any:
        fields = {name: getattr(self, name) for name in spec.inputs}
        returned = executor(original(**fields), ctx)
        # Only here: it is a good part of the time that a command takes which runs nothing.
        import asyncio

        return asyncio.run(_awaited(returned)) if inspect.isawaitable(returned) else returned

    # What it returns is declared where it always was.
    run.__annotations__ = dict(original.run.__annotations__)
    run.__wrapped__ = original.run  # type: ignore[attr-defined]
    node: Any = type(original.__name__, (original,), {"run": run, "__doc__": original.__doc__})
    node.__module__, node.__qualname__ = original.__module__, original.__qualname__
    return replace(spec, node=node, is_async=False)


async def _awaited(returned: Any) -> Any:
    return await returned
