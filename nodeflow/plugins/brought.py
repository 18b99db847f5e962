"""What a plugin brings, read off its hooks, each part of it checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pluggy

from nodeflow import hookspecs
from nodeflow.errors import RegistrationError, UnknownName
from nodeflow.events import Event
from nodeflow.folders import ModelFolder
from nodeflow.migration import Migration
from nodeflow.node import Node
from nodeflow.registry import ANY
from nodeflow.spec import NodeSpec
from nodeflow.types import WireType

PREFIX = "nodeflow_"
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(PREFIX))


@dataclass(frozen=True)
class Brought:
    """What a plugin brings, before any of it is registered."""

    code: str
    types: tuple[WireType, ...]
    nodes: tuple[NodeSpec, ...]
    choices: Mapping[str, Mapping[str, object]]
    folders: tuple[ModelFolder, ...]
    migrations: tuple[Migration, ...]
    graphs: Mapping[str, Path]
    converters: tuple[str, ...]
    observers: tuple[Callable[[Event], None], ...]

    @property
    def needed(self) -> set[str]:
        """The names of the wire types that its nodes use and it does not bring."""
        ports = (port for spec in self.nodes for port in (*spec.inputs.values(), *spec.outputs.values()))
        return {port.element for port in ports} - {wire.name for wire in self.types} - {ANY}


@dataclass(frozen=True)
class Reading:
    """The hooks of one plugin: `owner` is its name, `prefix` what its node types begin with.

    With `all_nodes` a plugin without the hook for node types brings those that are written in it.
    """

    manager: pluggy.PluginManager
    module: Any
    owner: str
    prefix: str
    all_nodes: bool = False

    def hooks(self) -> tuple[str, ...]:
        """The hooks that the plugin implements. Raises for what only looks like one."""
        implemented = {
            caller.name: implementation
            for caller in self.manager.get_hookcallers(self.module) or ()
            for implementation in caller.get_hookimpls()
            if implementation.plugin is self.module
        }
        for name, implementation in implemented.items():
            if name not in HOOKS and not implementation.optionalhook:
                raise UnknownName("hook", name, HOOKS)
        marked = {implementation.function for implementation in implemented.values()}
        for name in (name for name in dir(self.module) if name.startswith(PREFIX)):
            value = getattr(self.module, name)
            if callable(value) and value not in marked:
                if name not in HOOKS:
                    raise UnknownName("hook", name, HOOKS)
                raise RegistrationError(f"{name} is not marked; put @nodeflow.hookimpl above it")
        return tuple(sorted(implemented.keys() & set(HOOKS)))

    def brought(self, code: str) -> Brought:
        """Everything that the hooks give. Raises for what is not of the kind that a hook gives."""
        nodes = self._written() if self.all_nodes and not self._implements("nodeflow_nodes") else None
        found = self._items("nodeflow_nodes") if nodes is None else nodes
        specs = [NodeSpec.of(node, owner=self.owner, code_id=code) for node in found]
        folders = self._items("nodeflow_model_folders", ModelFolder)
        migrations = self._items("nodeflow_migrations", Migration)
        return Brought(
            code=code,
            types=tuple(self._items("nodeflow_types", WireType)),
            nodes=tuple(replace(spec, name=self.prefix + spec.name) for spec in specs),
            choices=self._choices(),
            folders=tuple(replace(folder, owner=self.owner) for folder in folders),
            migrations=tuple(replace(each, type=f"{self.prefix}{each.type}") for each in migrations),
            graphs=self._graphs(),
            converters=tuple(self._converter(node, specs) for node in self._items("nodeflow_converters")),
            observers=tuple(self._items("nodeflow_observers", Callable)),  # type: ignore[arg-type]
        )

    def _converter(self, node: object, specs: Iterable[NodeSpec]) -> str:
        """The registered name of a converter."""
        name = next((spec.name for spec in specs if spec.node is node), None)
        if name is None:
            raise RegistrationError(f"nodeflow_converters gave {node!r}, which nodeflow_nodes does not give")
        return self.prefix + name

    def _implements(self, hook: str) -> bool:
        return any(each.plugin is self.module for each in getattr(self.manager.hook, hook).get_hookimpls())

    def _written(self) -> list[type[Node]]:
        """The node types that are written in the plugin's own module, without those whose name begins with `_`."""
        return [
            value
            for name, value in vars(self.module).items()
            if isinstance(value, type) and issubclass(value, Node) and not name.startswith("_")
            if value.__module__ == self.module.__name__
        ]

    def _items(self, hook: str, kind: type = object) -> list[Any]:
        """What a hook gives, one by one; nothing where it is not implemented."""
        items: list[Any] = []
        for answer in called(self.manager, self.module, hook):
            if not isinstance(answer, Iterable):
                raise RegistrationError(f"{hook} returned {answer!r}; it must return a list or the like")
            items += answer
        if wrong := [item for item in items if not isinstance(item, kind)]:
            raise RegistrationError(f"{hook} gave {wrong[0]!r}, which is no {kind.__name__}")
        return items

    def _graphs(self) -> Mapping[str, Path]:
        hook = "nodeflow_graphs"
        found: dict[str, Path] = {}
        for answer in called(self.manager, self.module, hook):
            if not isinstance(answer, Mapping) or not all(map(_is_graph, answer.items())):
                raise RegistrationError(f'{hook} returned {answer!r}; it must return {{"name": Path(...)}}')
            found |= {f"{self.owner}/{name}": path for name, path in answer.items()}
        for name, path in found.items():
            if not path.is_file():
                raise RegistrationError(f"{hook}: there is no file {str(path)!r} for {name!r}")
        return found

    def _choices(self) -> Mapping[str, Mapping[str, object]]:
        hook = "nodeflow_choices"
        for answer in called(self.manager, self.module, hook):
            if not isinstance(answer, Mapping) or not all(map(_is_table, answer.items())):
                raise RegistrationError(f'{hook} returned {answer!r}; it must return {{"table": {{"name": choice}}}}')
            return answer
        return {}


def called(manager: pluggy.PluginManager, plugin: Any, hook: str, **arguments: Any) -> list[Any]:
    """What one plugin's implementation of a hook returns; nothing where there is none, or it returns None."""
    others = [other for other in manager.get_plugins() if other is not plugin]
    answers: list[Any] = manager.subset_hook_caller(hook, others)(**arguments)
    return answers


def _is_graph(item: tuple[object, object]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Path)


def _is_table(item: tuple[object, object]) -> bool:
    name, choices = item
    return isinstance(name, str) and isinstance(choices, Mapping)
