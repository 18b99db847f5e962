"""From a graph to a plan: everything checked at once, put in order, and keyed."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from nodeflow import keys
from nodeflow.errors import NodeflowError
from nodeflow.folders import Folders
from nodeflow.graph import Graph
from nodeflow.plan.check import Checked, Checker
from nodeflow.plan.declared import Declared
from nodeflow.plan.examination import Sound, examine
from nodeflow.plan.order import order
from nodeflow.plan.step import Plan, Source, Step
from nodeflow.plan.surroundings import Surroundings
from nodeflow.problems import Problem, pointer
from nodeflow.registry import Registry
from nodeflow.table import Table

log = logging.getLogger(__name__)


def compile(  # noqa: A001 - the word for it
    graph: Graph,
    registry: Registry,
    *,
    folders: Folders | None = None,
    environment: Mapping[str, str] | None = None,
    targets: Sequence[str] | None = None,
) -> Plan:
    """Check a graph, order it and key it; raises `GraphError` with every problem there is.

    `environment` is what of the machine results depend on, as `Plugins.environment` gives it. Without `targets` the
    whole graph is checked, and the plan leads to the output nodes, or to the nodes nobody consumes when there are none.
    With targets only they and what they need are checked. Nodes of older versions are upgraded where migrations lead to
    the installed one: the plan has the graph as it then is, and warnings that say what was changed. Linear in the size
    of the graph, which itself stays as it is.
    """
    sound = examine(graph, registry, folders=folders, targets=targets)
    wanted = list(dict.fromkeys(targets)) if targets is not None else _default_targets(sound)
    keyed = _Keying(sound.checker, environment or {})
    for node_id in order(sound.needs, wanted):
        keyed.add(node_id, sound.nodes[node_id])
    sound.checker.problems.refuse()
    warnings = (*sound.warnings, *keyed.warnings)
    return Plan(tuple(keyed.steps), tuple(wanted), sound.checker.graph, dict(environment or {}), warnings)


def _default_targets(sound: Sound) -> list[str]:
    nodes, types = sound.checker.graph.nodes, sound.checker.types
    found = {node_id: types[nodes[node_id].type] for node_id in sound.nodes}
    outputs = [node_id for node_id, declared in found.items() if declared is not None and declared.spec.output]
    if outputs:
        return outputs
    consumed = {parent for parents in sound.needs.values() for parent in parents}
    return [node_id for node_id in sound.nodes if node_id not in consumed]


class _Keying:
    """Makes the steps, parents first."""

    def __init__(self, checker: Checker, environment: Mapping[str, str]) -> None:
        self.steps: list[Step] = []
        self.warnings: list[Problem] = []
        self._checker = checker
        self._registry = checker.registry
        self._environment = Surroundings(environment, checker.registry)
        self._position: dict[str, int] = {}
        self._heads: dict[str, keys.Parts] = {}
        self._digests: dict[tuple[str, str], str] = {}
        # What makes the keys of volatile steps this plan's alone.
        self._nonce = secrets.token_hex(16)

    def add(self, node_id: str, node: Checked) -> None:
        declared = self._checker.types[self._checker.graph.nodes[node_id].type]
        assert declared is not None
        links = {name: Source(self._position[parent], output) for name, (parent, output) in node.links.items()}
        parts = {**self._head(declared), "values": node.values, "links": self._sources(links)}
        if used := self._used(declared, node):
            parts["environment"] = self._environment.of(declared.spec.owner, *used)
            codes = {owner: self._registry.code(owner) for owner in used}
            if uses := {owner: code for owner, code in codes.items() if code and code != declared.spec.code_id}:
                parts["uses"] = uses
        volatile = self._inherited(links) or self._own(node_id, declared, node, parts)
        if volatile:
            parts["volatile"] = [self._nonce, node_id]
        self._position[node_id] = len(self.steps)
        self.steps.append(Step(node_id, declared.spec, node.values, links, keys.key(parts), parts, volatile))

    def _head(self, declared: Declared) -> keys.Parts:
        spec = declared.spec
        if spec.name not in self._heads:
            self._heads[spec.name] = {
                "epoch": keys.EPOCH,
                "type": spec.name,
                "version": spec.version,
                "code": spec.code_id,
                "environment": self._environment.of(spec.owner),
            }
        return self._heads[spec.name]

    def _used(self, declared: Declared, node: Checked) -> list[str]:
        """The other plugins whose choices or types the step uses.

        What comes over a link has theirs in its own key. The name of a choice that does is not known yet.
        """
        owners = {self._registry.type_owner(name) for name in declared.gives}
        for name, table_name in declared.choices.items():
            table = self._registry.tables.get(table_name) or Table(table_name)
            chosen = table if name in node.links else _names(node.values.get(name))
            owners |= {table.owner(each) for each in chosen if each in table}
        return sorted(owners - {declared.spec.owner})

    def _sources(self, links: Mapping[str, Source]) -> dict[str, list[str]]:
        return {name: [self.steps[source.step].key, source.output] for name, source in links.items()}

    def _inherited(self, links: Mapping[str, Source]) -> str:
        for source in links.values():
            if self.steps[source.step].volatile:
                return f"it depends on {self.steps[source.step].id!r}, which runs every time"
        return ""

    def _own(self, node_id: str, declared: Declared, node: Checked, parts: keys.Parts) -> str:
        """Why the step is volatile by itself; else what only it knows of is added to the parts."""
        if not declared.spec.cacheable:
            return f"{declared.spec.name} is not cacheable"
        for name in declared.files:
            if name in node.links:
                return f"the file of {name!r} is known only when it runs"
        if declared.files:
            parts["files"] = self._file_digests(node_id, declared, node)
        if declared.fingerprint is not None:
            try:
                parts["fingerprint"] = _fingerprint(declared, node.values, self._checker.folders)
            except Exception as error:  # noqa: BLE001 - it is a plugin's; its failure costs the cache, not the run
                return self._warn(node_id, f"its fingerprint failed: {type(error).__name__}: {error}")
        return ""

    def _file_digests(self, node_id: str, declared: Declared, node: Checked) -> dict[str, str]:
        digests = {}
        for name, kind in declared.files.items():
            file = node.values.get(name)
            if file is not None:
                try:
                    digests[name] = self._digest(kind, file)
                except (OSError, NodeflowError) as error:
                    place = ("nodes", node_id, "values", name)
                    message = f"the file {file!r} cannot be read: {error}"
                    self._checker.problems.add("unknown_choice", place, message, expected="a readable file", got=file)
        return digests

    def _digest(self, kind: str, file: str) -> str:
        if (kind, file) not in self._digests:
            self._digests[kind, file] = self._checker.folders.digest(kind, file)
        return self._digests[kind, file]

    def _warn(self, node_id: str, why: str) -> str:
        message = f"{node_id!r} runs every time: {why}"
        log.warning("%s", message)
        self.warnings.append(Problem("volatile", pointer("nodes", node_id), message))
        return why


def _names(chosen: str | list[str] | None) -> list[str]:
    """The names in the value of a choice: one, several or none."""
    return [chosen] if isinstance(chosen, str) else chosen or []


def _fingerprint(declared: Declared, values: Mapping[str, Any], folders: Folders) -> str | None:
    assert declared.fingerprint is not None
    fingerprint = declared.fingerprint(dict(values), folders)
    if fingerprint is not None and not isinstance(fingerprint, str):
        raise TypeError(f"it must be text or None, not {fingerprint!r}")
    return fingerprint
