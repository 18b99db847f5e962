"""What a plugin brings, read off its hooks, each part of it checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import pluggy

from nodeflow.context import Context
from nodeflow.detection import Detector
from nodeflow.errors import RegistrationError, UnknownName
from nodeflow.events import Event
from nodeflow.folders import ModelFolder
from nodeflow.migration import Migration
from nodeflow.node import Node
from nodeflow.plugin_route import Route
from nodeflow.plugins.blame import about
from nodeflow.plugins.hooks import HOOKS, PREFIX, called
from nodeflow.registry import ANY
from nodeflow.spec import NodeSpec
from nodeflow.types import WireType

Executor = Callable[[Node, Context], Any]
"""Carries out a node, in place of its own `run`."""


@dataclass(frozen=True)
class Brought:
    """What a plugin brings, before any of it is registered. `owner` is its name."""

    owner: str
    code: str
    types: tuple[WireType, ...]
    nodes: tuple[NodeSpec, ...]
    choices: Mapping[str, Mapping[str, object]]
    folders: tuple[ModelFolder, ...]
    migrations: tuple[Migration, ...]
    graphs: Mapping[str, Path]
    converters: tuple[str, ...]
    observers: tuple[Callable[[Event], None], ...] = ()
    detectors: tuple[Detector, ...] = ()
    routes: tuple[Route, ...] = ()
    executors: Mapping[str, Executor] = field(default_factory=dict)

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
                with about(implementation.function):
                    raise UnknownName("hook", name, HOOKS)
        marked = {implementation.function for implementation in implemented.values()}
        for name in (name for name in dir(self.module) if name.startswith(PREFIX)):
            value = getattr(self.module, name)
            if callable(value) and value not in marked:
                with about(value):
                    if name not in HOOKS:
                        raise UnknownName("hook", name, HOOKS)
                    raise RegistrationError(f"{name} is not marked; put @nodeflow.hookimpl above it")
        if isgeneratorfunction(lifespan := getattr(self.module, "nodeflow_lifespan", None)):
            with about(lifespan):
                raise RegistrationError("nodeflow_lifespan yields; put @contextlib.contextmanager below @hookimpl")
        return tuple(sorted(implemented.keys() & set(HOOKS)))

    def brought(self, code: str) -> Brought:
        """Everything that the hooks give. Raises for what is not of the kind that a hook gives."""
        nodes = self._written() if self.all_nodes and not self._implements("nodeflow_nodes") else None
        found = self._items("nodeflow_nodes") if nodes is None else nodes
        specs = [self._spec(node, code) for node in found]
        folders = self._items("nodeflow_model_folders", ModelFolder)
        migrations = self._items("nodeflow_migrations", Migration)
        return Brought(
            owner=self.owner,
            code=code,
            types=tuple(self._items("nodeflow_types", WireType)),
            nodes=tuple(replace(spec, name=self.prefix + spec.name) for spec in specs),
            choices=self._choices(),
            folders=tuple(replace(folder, owner=self.owner) for folder in folders),
            migrations=tuple(replace(each, type=f"{self.prefix}{each.type}") for each in migrations),
            graphs=self._graphs(),
            converters=tuple(self._converter(node, specs) for node in self._items("nodeflow_converters")),
            observers=tuple(self._items("nodeflow_observers", Callable)),  # type: ignore[arg-type]
            detectors=tuple(self._items("nodeflow_detectors", Detector)),
            routes=tuple(self._items("nodeflow_routes", Route)),
            executors=self._named("nodeflow_executors", callable, "function"),
        )

    def _spec(self, node: Any, code: str) -> NodeSpec:
        with self._about("nodeflow_nodes"), about(node):
            return NodeSpec.of(node, owner=self.owner, code_id=code)

    def _converter(self, node: object, specs: Iterable[NodeSpec]) -> str:
        """The registered name of a converter."""
        name = next((spec.name for spec in specs if spec.node is node), None)
        if name is None:
            with about(node):
                raise RegistrationError(f"nodeflow_converters gave {node!r}, which nodeflow_nodes does not give")
        return self.prefix + name

    def _about(self, hook: str) -> AbstractContextManager[None]:
        return about(getattr(self.module, hook, None))

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
        with self._about(hook):
            for answer in self._answers(hook):
                if not isinstance(answer, Iterable):
                    raise RegistrationError(f"{hook} returned {answer!r}; it must return a list or the like")
                items += answer
            if wrong := [item for item in items if not isinstance(item, kind)]:
                raise RegistrationError(f"{hook} gave {wrong[0]!r}, which is no {kind.__name__}")
        return items

    def _named(self, hook: str, fits: Callable[[object], bool], what: str) -> dict[str, Any]:
        """What a hook gives by name, under the plugin's own name."""
        found: dict[str, Any] = {}
        with self._about(hook):
            for answer in self._answers(hook):
                named = isinstance(answer, Mapping) and all(isinstance(name, str) for name in answer)
                if not named or not all(map(fits, answer.values())):
                    raise RegistrationError(f'{hook} returned {answer!r}; it must return {{"name": {what}}}')
                found |= {f"{self.owner}/{name}": value for name, value in answer.items()}
        return found

    def _graphs(self) -> Mapping[str, Path]:
        hook = "nodeflow_graphs"
        found = self._named(hook, lambda value: isinstance(value, Path), "Path(...)")
        with self._about(hook):
            for name, path in found.items():
                if not path.is_file():
                    raise RegistrationError(f"{hook}: there is no file {str(path)!r} for {name!r}")
        return found

    def _choices(self) -> Mapping[str, Mapping[str, object]]:
        hook, right = "nodeflow_choices", '{"table": {"name": choice}}'
        with self._about(hook):
            for answer in self._answers(hook):
                if not isinstance(answer, Mapping) or not all(map(_is_table, answer.items())):
                    raise RegistrationError(f"{hook} returned {answer!r}; it must return {right}")
                return answer
        return {}

    def _answers(self, hook: str) -> list[Any]:
        """What the hook returns, if it is implemented. Raises RegistrationError for one that forgot to."""
        answers = called(self.manager, self.module, hook)
        if not answers and self._implements(hook):
            raise RegistrationError(f"{hook} returned None; it must return what the plugin brings")
        return answers


def _is_table(item: tuple[object, object]) -> bool:
    name, choices = item
    return isinstance(name, str) and isinstance(choices, Mapping)
