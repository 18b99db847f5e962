"""Checking the nodes of a graph against their types: values, links, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from nodeflow.errors import NodeflowError, UnknownName, ValueProblem, listed
from nodeflow.folders import STORED, Folders
from nodeflow.graph import PORT_RULE, Graph, GraphNode, split_port
from nodeflow.plan.declared import Declarations, Declared
from nodeflow.problems import Problem, Problems, meant, pointer, show
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port


class Checked(NamedTuple):
    """A node found right: its values, defaults filled in, and the outputs it is linked to, as node id and name."""

    values: dict[str, Any]
    links: dict[str, tuple[str, str]]


class Checker:
    """Checks the nodes of one graph, and notes every problem. `marks` are the nodes made with another version."""

    def __init__(self, graph: Graph, registry: Registry, folders: Folders, problems: Problems) -> None:
        self.graph = graph
        self.registry = registry
        self.folders = folders
        self.problems = problems
        self.types = Declarations(registry.nodes)
        self.marks: list[Problem] = []
        self._files: dict[str, set[str]] = {}

    def node(self, node_id: str, node: GraphNode) -> Checked | None:
        """The node, checked; None when its type is unknown. With problems noted, what it returns is not complete."""
        checked = self.given(node_id, node)
        if (declared := self.types[node.type]) is not None:
            for port in declared.required:
                if port.name not in node.values and port.name not in node.links:
                    self._missing(node_id, port)
            for name, table in declared.chosen.items():
                if name not in node.values and name not in node.links:
                    self._default(node_id, declared, name, table)
        return checked

    def given(self, node_id: str, node: GraphNode) -> Checked | None:
        """As `node`, but with an eye only on what the node is given, not on what it lacks.

        The node itself need not stand in the graph yet.
        """
        declared = self.types[node.type]
        if declared is None:
            self._unknown_type(node_id, node)
            return None
        if node.version is not None and node.version != declared.spec.version:
            self._other_version(node_id, node, declared)
        checked = Checked(dict(declared.defaults), {})
        for name, value in node.values.items():
            self._value(node_id, declared, name, value, checked)
        for name, link in node.links.items():
            if name in node.values:
                self._both(node_id, name, link)
            self._link(node_id, declared, name, link, checked)
        return checked

    def value(self, port: Port, value: Any) -> Any:
        """A literal for an input, checked against its type, its range and its choices; raises `ValueProblem`."""
        if value is None and port.nullable:
            return None
        value = port.validate(value)
        if port.file_choice is not None:
            self._file(port.file_choice.kind, value)
        elif port.choices is not None:
            self._choice(port.choices.table, value)
        return value

    def inputs(self, scope: Iterable[str]) -> None:
        """Check what the graph says a caller may set, as far as it concerns the nodes in `scope`."""
        within = set(scope)
        for name, text in self.graph.inputs.items():
            wrong, expected, nearest = self._wrong_input(text, within)
            if wrong:
                message = f"the graph's input {name!r} leads to {text!r}, {wrong}{meant(nearest)}"
                self.problems.add("bad_input", ("inputs", name), message, expected=expected, got=text, nearest=nearest)

    def _value(self, node_id: str, declared: Declared, name: str, value: Any, checked: Checked) -> None:
        port = declared.spec.inputs.get(name)
        if port is None:
            self._unknown_input(node_id, declared, "values", name)
            return
        try:
            checked.values[name] = self.value(port, value)
        except ValueProblem as wrong:
            place = ("nodes", node_id, "values", name)
            message = f"{declared.spec.name}.{name}: {wrong}{meant(wrong.nearest)}"
            self.problems.add(wrong.code, place, message, expected=wrong.expected, got=value, nearest=wrong.nearest)

    def _default(self, node_id: str, declared: Declared, name: str, table: str) -> None:
        """Note a default that is no choice, as where the plugin is not loaded that brings it."""
        default = declared.defaults[name]
        try:
            self._choice(table, default)
        except ValueProblem as wrong:
            place = ("nodes", node_id, "values", name)
            message = f"{declared.spec.name}.{name}, left at its default: {wrong}{meant(wrong.nearest)}"
            self.problems.add(wrong.code, place, message, expected=wrong.expected, got=default, nearest=wrong.nearest)

    def _link(self, node_id: str, declared: Declared, name: str, link: str, checked: Checked) -> None:
        port = declared.spec.inputs.get(name)
        if port is None:
            self._unknown_input(node_id, declared, "links", name)
        if (source := self._source(node_id, name, link)) is None:
            return
        # Noted even where its type is wrong: it may be part of a cycle.
        checked.links[name] = source
        checked.values.pop(name, None)
        place = ("nodes", node_id, "links", name)
        if port is not None and not port.link:
            message = f"{declared.spec.name}.{name} takes no link"
            self.problems.add("not_linkable", place, message, expected="a value", got=link)
        elif port is not None:
            self._fits(place, port, source)

    def _both(self, node_id: str, name: str, link: str) -> None:
        message = f"{name!r} has a value and a link; leave one of them out"
        place = ("nodes", node_id, "links", name)
        self.problems.add("bad_link", place, message, expected="a value or a link", got=link)

    def _source(self, node_id: str, name: str, link: str) -> tuple[str, str] | None:
        place = ("nodes", node_id, "links", name)
        source = split_port(link)
        if source is None:
            self.problems.add("bad_link", place, f"{link!r} is no link", expected=PORT_RULE, got=link)
            return None
        if source[0] not in self.graph.nodes:
            close = self.problems.nearest(source[0], self.graph.nodes)
            message = f"there is no node {source[0]!r}{meant(close)}"
            self.problems.add("unknown_node", place, message, expected="a node", got=source[0], nearest=close)
            return None
        return source

    def _fits(self, place: tuple[str, ...], port: Port, source: tuple[str, str]) -> None:
        node_id, name = source
        declared = self.types[self.graph.nodes[node_id].type]
        if declared is None:
            return
        output = declared.spec.outputs.get(name)
        if output is None:
            note_unknown_output(self.problems, place, declared.spec, source)
        elif mismatch := unfit(port, output):
            self._mismatch(place, port, output, mismatch)

    def _mismatch(self, place: tuple[str, ...], port: Port, output: Port, why: str) -> None:
        """Note that a link's ends do not fit, and which node between them would help."""
        converters = self.registry.converters(output.type, port.type)
        message = f"{why}; {' or '.join(converters)} between them makes one of the other" if converters else why
        nearest = next(iter(converters), None)
        expected, got = shown_type(port), shown_type(output)
        self.problems.add("type_mismatch", place, message, expected=expected, got=got, nearest=nearest)

    def _file(self, kind: str, name: str) -> None:
        if name.startswith(STORED):
            try:
                found = self.folders.path(kind, name).exists()
            except UnknownName:
                found = False
            except NodeflowError as error:
                raise ValueProblem("unknown_choice", "a file of the store", f"{name!r} ({error})") from None
            if not found:
                raise ValueProblem("unknown_choice", "a file of the store", show(name))
            return
        if kind not in self._files:
            self._files[kind] = set(self.folders.names(kind))
        self._named(name, sorted(self._files[kind]) if name not in self._files[kind] else [name], f"a file of {kind}")

    def _choice(self, table: str, value: Any) -> None:
        names: Collection[str] = self.registry.tables.get(table, ())
        for name in value if isinstance(value, list) else [value]:
            if name not in names:
                self._named(name, list(names), f"one of {table}")

    def _named(self, name: str, names: list[str], what: str) -> None:
        if name not in names:
            close = self.problems.nearest(name, names)
            expected = f"{what}: {listed(names)}" if names else f"{what}; there are none"
            raise ValueProblem("unknown_choice", expected, show(name), close)

    def _wrong_input(self, text: str, within: set[str]) -> tuple[str, str, str | None]:
        """What is wrong with an entry of `inputs`, what would be right, and the nearest name."""
        target = split_port(text)
        if target is None:
            return "which is no input", PORT_RULE, None
        node_id, name = target
        if node_id not in self.graph.nodes:
            return "and there is no such node", "a node", self.problems.nearest(node_id, self.graph.nodes)
        node = self.graph.nodes[node_id]
        declared = self.types[node.type]
        if node_id not in within or declared is None:
            return "", "", None
        port = declared.spec.inputs.get(name)
        if port is None:
            close = self.problems.nearest(name, declared.spec.inputs)
            return f"and a {node.type} has no such input", listed(declared.spec.inputs), close
        if name in node.links:
            return "which is linked, so that a value would have no effect", "an input without a link", None
        return ("" if port.value else f"which takes a link and no value ({port.type})"), "an input for values", None

    def _unknown_type(self, node_id: str, node: GraphNode) -> None:
        owner, slash, _ = node.type.partition("/")
        is_absent = bool(slash) and owner not in self.registry.owners
        # Of a plugin that is not here, no node type that comes with nodeflow is meant.
        names = [name for name in self.registry.nodes if "/" in name or not is_absent]
        close = self.problems.nearest(node.type, names)
        absent = f"; no plugin {owner!r} is loaded: `nodeflow plugins` lists what is here, and what is wrong with it"
        message = f"there is no node type {node.type!r}{absent if is_absent and close is None else meant(close)}"
        place = ("nodes", node_id, "type")
        self.problems.add("unknown_type", place, message, expected="a node type", got=node.type, nearest=close)

    def _other_version(self, node_id: str, node: GraphNode, declared: Declared) -> None:
        spec = declared.spec
        older = node.version is not None and node.version < spec.version
        why = "and nothing has brought it up to date" if older else "which is older"
        message = (
            f"{node_id!r} was made with version {node.version} of {spec.name}; installed is version {spec.version}, "
            f"{why}. It is taken as it stands, and may give something else"
        )
        place = pointer("nodes", node_id, "version")
        self.marks.append(Problem("version", place, message, expected=str(spec.version), got=str(node.version)))

    def _unknown_input(self, node_id: str, declared: Declared, where: str, name: str) -> None:
        close = self.problems.nearest(name, declared.spec.inputs)
        message = f"{declared.spec.name} has no input {name!r}{meant(close)}"
        expected = listed(declared.spec.inputs)
        self.problems.add(
            "unknown_input", ("nodes", node_id, where, name), message, expected=expected, got=name, nearest=close
        )

    def _missing(self, node_id: str, port: Port) -> None:
        where = "values" if port.value else "links"
        message = f"{node_id!r} has no {port.name!r}, and there is no default"
        self.problems.add("missing_input", ("nodes", node_id, where, port.name), message, expected=shown_type(port))


def note_unknown_output(problems: Problems, place: Iterable[str], spec: NodeSpec, source: tuple[str, str]) -> None:
    """Note that a node, of that type, has no output of that name."""
    node_id, name = source
    close = problems.nearest(name, spec.outputs)
    message = f"{node_id!r}, a {spec.name}, has no output {name!r}{meant(close)}"
    problems.add("unknown_output", place, message, expected=listed(spec.outputs), got=name, nearest=close)


def unfit(port: Port, output: Port) -> str:
    """Why an output cannot feed an input; empty when it can."""
    if not port.takes(output.type):
        return f"{shown_type(output)} does not fit {shown_type(port)}"
    if output.nullable and not port.nullable and port.type != "any":
        return f"{shown_type(output)} may be null, and {shown_type(port)} may not"
    return ""


def shown_type(port: Port) -> str:
    """The type of a port as a message shows it."""
    return f"{port.type} or null" if port.nullable else port.type
