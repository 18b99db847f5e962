"""A plan and its steps: a graph that was checked, ordered and keyed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from nodeflow.graph import Graph
from nodeflow.problems import Problem
from nodeflow.spec import NodeSpec


class Source(NamedTuple):
    """Where an input comes from: the step, by its place in the plan, and its output."""

    step: int
    output: str


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a plan.

    `values` are checked, with defaults filled in; `links` lead to earlier steps. `key` names the result wherever it is
    kept; `parts` are what it was made of. A volatile step has a key of this plan alone, which is never kept, and
    `volatile` says why in a few words (it is empty otherwise).
    """

    id: str
    spec: NodeSpec
    values: Mapping[str, Any]
    links: Mapping[str, Source]
    key: str
    parts: Mapping[str, Any]
    volatile: str = ""

    @property
    def cacheable(self) -> bool:
        return not self.volatile


@dataclass(frozen=True)
class Plan:
    """Steps in an order in which each comes after what it needs; only those that the targets need.

    `warnings` are things the caller should hear of that do not keep the plan from running.
    """

    steps: tuple[Step, ...]
    targets: tuple[str, ...]
    graph: Graph
    environment: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    def noting(self, notes: Iterable[Problem]) -> Plan:
        """The plan with those warnings first, and each warning once."""
        return replace(self, warnings=tuple(dict.fromkeys((*notes, *self.warnings))))

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The place of each step, by node id."""
        return {step.id: number for number, step in enumerate(self.steps)}

    def __getitem__(self, node_id: str) -> Step:
        return self.steps[self.position[node_id]]
