"""An isolated plugin where it is at home: imported, read, and told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

from nodeflow import hookspecs
from nodeflow.entry_points import installed
from nodeflow.hookspecs import GROUP
from nodeflow.isolation.description import described
from nodeflow.isolation.errors import NotIsolated
from nodeflow.isolation.link import Message
from nodeflow.models import ModelStore
from nodeflow.plugins import load_plugins
from nodeflow.plugins.brought import Brought, Reading
from nodeflow.plugins.hooks import register
from nodeflow.plugins.source import InFolder
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec

HERE_ONLY = (
    "nodeflow_migrations",
    "nodeflow_observers",
    "nodeflow_routes",
    "nodeflow_executors",
    "nodeflow_detectors",
)
"""Hooks whose functions are called where graphs are checked and runs are watched, so not from another process."""


@dataclass(frozen=True)
class Guest:
    """A plugin that was imported in its own process, with a registry of what it uses."""

    module: Any
    manager: pluggy.PluginManager
    hooks: tuple[str, ...]
    brought: Brought
    registry: Registry
    models: ModelStore

    @property
    def nodes(self) -> Mapping[str, NodeSpec]:
        """Its node types by their registered names."""
        return {spec.name: spec for spec in self.brought.nodes}

    def told(self) -> Message:
        """What the other end is told of it."""
        return {"hooks": list(self.hooks), "description": described(self.brought)}


def opened(message: Message) -> Guest:
    """Import the plugin that a message names. Raises what its import raises, and NotIsolated."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    module, all_nodes = _imported(message)
    register(manager, module, message["name"])
    prefix = "" if message["bare"] else f"{message['name']}/"
    reading = Reading(manager, module, message["name"], prefix, all_nodes=all_nodes)
    hooks = reading.hooks()
    brought = reading.brought("")
    _check(hooks, brought)
    return Guest(module, manager, hooks, brought, _registry(brought), ModelStore(message["model_memory"]))


def _imported(message: Message) -> tuple[Any, bool]:
    if message["path"]:
        return InFolder(Path(message["path"])).load(), True
    return EntryPoint(message["name"], message["value"], GROUP).load(), False


def _check(hooks: tuple[str, ...], brought: Brought) -> None:
    if kept := [hook for hook in hooks if hook in HERE_ONLY]:
        raise NotIsolated(f"an isolated plugin cannot bring {', '.join(kept)}; run it in the main process, or without")
    for wire in brought.types:
        if wire.codec is None:
            raise NotIsolated(
                f"wire type {wire.name!r} of an isolated plugin needs a codec: its values leave the process"
            )
    for spec in brought.nodes:
        if any(port.lazy for port in spec.inputs.values()):
            raise NotIsolated(f"{spec.name} of an isolated plugin has lazy inputs, which it cannot ask for from there")
        if hasattr(spec.node, "fingerprint"):
            raise NotIsolated(f"{spec.name} of an isolated plugin has a fingerprint, which is asked for elsewhere")


def _registry(brought: Brought) -> Registry:
    """What its nodes use: what everybody shares and its own, and of other plugins here only what is missing."""
    found = Registry()
    if brought.needed - found.types.keys():
        found = _others(brought).copy()
    for wire in brought.types:
        found.add_type(wire, brought.owner)
    for table, choices in brought.choices.items():
        found.add_choices(table, choices, brought.owner)
    used = {port.choices.table for spec in brought.nodes for port in spec.inputs.values() if port.choices}
    if any(table not in found.tables for table in used - _files(brought)):
        found = _with_choices(found, _others(brought))
    return found


def _others(brought: Brought) -> Registry:
    """What the other plugins here bring."""
    return load_plugins([entry for entry in installed(GROUP) if entry.name != brought.owner]).registry


def _files(brought: Brought) -> set[str]:
    """The kinds of model files that its nodes choose from, which are no tables."""
    ports = (port for spec in brought.nodes for port in spec.inputs.values())
    return {choice.kind for port in ports if (choice := port.file_choice) is not None}


def _with_choices(registry: Registry, others: Registry) -> Registry:
    """The registry, and the tables of other plugins here."""
    more = registry.copy()
    for name, table in others.tables.items():
        if name not in more.tables:
            more.add_choices(name, {each: table.raw(each) for each in table}, "")
    return more
