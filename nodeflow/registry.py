"""Node types, wire types and tables by name, each with its owner."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from nodeflow.errors import RegistrationError, UnknownName
from nodeflow.migration import Migration
from nodeflow.spec import NodeSpec, Port
from nodeflow.table import Table
from nodeflow.types import BUILT_IN, WireType

ANY = "any"
"""What a port takes or gives when it takes or gives everything; no wire type."""

NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*/)?[^\W\d]\w*")
"""A node type's name: an identifier, after the plugin's name and a slash where it is a plugin's."""


class Registry:
    """What a graph may be made of. Names are unique; a clash is an error that names both owners."""

    def __init__(self) -> None:
        self._nodes: dict[str, NodeSpec] = {}
        self._types: dict[str, WireType] = {}
        self._type_owners: dict[str, str] = {}
        self._tables: dict[str, Table] = {}
        self._converters: dict[tuple[str, str], list[str]] = {}
        self._migrations: dict[tuple[str, int], Migration] = {}
        self._codes: dict[str, str] = {}
        self._releases: dict[str, dict[str, str]] = {}
        for wire in BUILT_IN:
            self.add_type(wire, "nodeflow")

    @property
    def nodes(self) -> Mapping[str, NodeSpec]:
        """Node types by name; a view."""
        return MappingProxyType(self._nodes)

    @property
    def types(self) -> Mapping[str, WireType]:
        """Wire types by name; a view."""
        return MappingProxyType(self._types)

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables of choices by name; a view."""
        return MappingProxyType(self._tables)

    def node(self, name: str) -> NodeSpec:
        """Raises UnknownName with the nearest name."""
        if name not in self._nodes:
            raise UnknownName("node type", name, self._nodes)
        return self._nodes[name]

    def type(self, name: str) -> WireType:
        """Raises UnknownName with the nearest name."""
        if name not in self._types:
            raise UnknownName("wire type", name, self._types)
        return self._types[name]

    def type_owner(self, name: str) -> str:
        """The plugin that brought a wire type. Raises UnknownName."""
        self.type(name)
        return self._type_owners[name]

    def table(self, name: str) -> Table:
        """Raises UnknownName with the nearest name."""
        if name not in self._tables:
            raise UnknownName("table", name, self._tables)
        return self._tables[name]

    def converters(self, given: str, wanted: str) -> Sequence[str]:
        """The node types that make a value of one wire type into one of another, in the order they came."""
        return tuple(self._converters.get((given, wanted), ()))

    def migration(self, type_name: str, from_version: int) -> Migration | None:
        """What makes a node of that version one of the next; None where nothing does."""
        return self._migrations.get((type_name, from_version))

    @property
    def owners(self) -> Collection[str]:
        """The plugins whose code is known."""
        return self._codes.keys()

    def code(self, owner: str) -> str:
        """The code id of a plugin; empty where none is known, as of the framework's own types."""
        return self._codes.get(owner, "")

    def add_code(self, owner: str, code_id: str) -> None:
        """Says what code a plugin has: it counts in the keys of other plugins' nodes that use what it brings."""
        self._codes[owner] = code_id

    def release(self, owner: str) -> Mapping[str, str]:
        """The `distribution` a plugin came in and its `version`, as far as they are known."""
        return MappingProxyType(self._releases.get(owner, {}))

    def add_release(self, owner: str, distribution: str, version: str) -> None:
        """Says what a plugin came in: saved pictures tell what they were made with."""
        self._releases[owner] = {"distribution": distribution, "version": version}

    def add_node(self, spec: NodeSpec) -> None:
        """Raises RegistrationError for a name that is taken or no name, and for a port of an unknown wire type."""
        if NAME.fullmatch(spec.name) is None:
            raise RegistrationError(f"node type {spec.name!r} of {spec.owner!r}: a name is letters, digits and _")
        if (taken := self._nodes.get(spec.name)) is not None:
            raise RegistrationError(f"node type {spec.name!r} of {spec.owner!r} exists already, from {taken.owner!r}")
        for port in (*spec.inputs.values(), *spec.outputs.values()):
            self._check_type(spec, port)
        self._nodes[spec.name] = spec

    def replace_node(self, spec: NodeSpec) -> None:
        """Puts a node type in the place of that of its name, which another way to run it does not change."""
        self.node(spec.name)
        self._nodes[spec.name] = spec

    def add_type(self, wire: WireType, owner: str) -> None:
        """Raises RegistrationError for a name that is taken."""
        if wire.name in self._types:
            other = self._type_owners[wire.name]
            raise RegistrationError(f"wire type {wire.name!r} of {owner!r} exists already, from {other!r}")
        self._types[wire.name] = wire
        self._type_owners[wire.name] = owner

    def add_choices(self, table: str, choices: Mapping[str, object], owner: str) -> None:
        """Adds to a table, which is made where there is none. Raises RegistrationError for a name that is taken."""
        found = self._tables.setdefault(table, Table(table))
        for name, value in choices.items():
            found.add(name, value, owner)

    def add_converter(self, name: str) -> None:
        """Offers a node type, by its registered name, where a link's ends do not fit.

        Raises RegistrationError for one without exactly one required input and one output.
        """
        spec = self.node(name)
        required = [port for port in spec.inputs.values() if port.required]
        if len(required) != 1 or len(spec.outputs) != 1:
            raise RegistrationError(f"converter {name!r} must have one input without a default, and one output")
        (output,) = spec.outputs.values()
        self._converters.setdefault((required[0].type, output.type), []).append(name)

    def add_migration(self, migration: Migration, owner: str) -> None:
        """Raises RegistrationError for a node type of another plugin or of none, and for versions that cannot be."""
        name, version = migration.type, migration.from_version
        spec = self._nodes.get(name)
        if spec is None or spec.owner != owner:
            raise RegistrationError(f"migration of {name!r}: {owner!r} has no such node type")
        if not 1 <= version < spec.version:
            raise RegistrationError(
                f"migration of {name!r} from version {version!r}: it must be from 1 to {spec.version - 1}, "
                f"since the node type is at version {spec.version}"
            )
        if (name, version) in self._migrations:
            raise RegistrationError(f"migration of {name!r} from version {version}: there are two of them")
        self._migrations[name, version] = migration

    def copy(self) -> Registry:
        """A registry of the same names that can be added to without touching this one."""
        other = Registry()
        other._nodes = dict(self._nodes)
        other._types = dict(self._types)
        other._type_owners = dict(self._type_owners)
        other._tables = {name: table.copy() for name, table in self._tables.items()}
        other._migrations = dict(self._migrations)
        other._converters = {ends: list(names) for ends, names in self._converters.items()}
        other._codes, other._releases = dict(self._codes), dict(self._releases)
        return other

    def add_nodes(self, specs: Iterable[NodeSpec]) -> None:
        """Raises RegistrationError as `add_node` does, after those that fit were added."""
        for spec in specs:
            self.add_node(spec)

    def _check_type(self, spec: NodeSpec, port: Port) -> None:
        if port.element == ANY:
            return
        where = f"{spec.name}.{port.name}"
        if port.element not in self._types:
            unknown = UnknownName("wire type", port.element, self._types)
            raise RegistrationError(f"{where}: {unknown}; a plugin brings others by its hook nodeflow_types")
        wire = self._types[port.element]
        if port.python is not None and port.python is not wire.python:
            used, known = (f"{python.__module__}.{python.__qualname__}" for python in (port.python, wire.python))
            owner = self._type_owners[wire.name]
            raise RegistrationError(
                f"{where}: {used} is not the wire type {wire.name!r} of {owner!r}, which is {known}"
            )
