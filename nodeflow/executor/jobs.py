"""What attempts at the steps of one run are given: the inputs that the steps want, at hand or still on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache as memoized
from typing import Any

from nodeflow.executor.attempt import Job
from nodeflow.executor.ledger import Ledger, State
from nodeflow.executor.provenance import provenance
from nodeflow.executor.services import Services
from nodeflow.plan import Plan, Source, Step


class Jobs:
    """Makes a job of a step whose inputs are there, and knows which of its lazy ones it wants."""

    def __init__(
        self, services: Services, plan: Plan, ledger: Ledger, run_id: str, explain: Callable[[Step], str] | None
    ) -> None:
        self._services, self._steps, self._ledger = services, plan.steps, ledger
        self._run_id, self._explain = run_id, explain
        self._chosen: dict[int, frozenset[str]] = {}
        self._decided: set[int] = set()
        self._document: Callable[[], Mapping[str, Any]] = memoized(
            lambda: provenance(plan, services.registry, services.settings)
        )

    def choose(self, index: int, wanted: frozenset[str]) -> None:
        """A step has decided on the lazy inputs that it wants next; none means that it wants no more."""
        self._chosen[index] = self._chosen.get(index, frozenset()) | wanted
        if not wanted:
            self._decided.add(index)

    def wanted(self, index: int) -> dict[str, Source]:
        """The links of a step that it wants, as far as it has decided."""
        links = self._steps[index].links
        lazy = self._services.lazy_inputs(self._steps[index].spec) - self._chosen.get(index, frozenset())
        return {name: source for name, source in links.items() if name not in lazy}

    def undecided(self, index: int) -> bool:
        """Whether a step has to decide on lazy inputs before it can run."""
        return index not in self._decided and len(self.wanted(index)) < len(self._steps[index].links)

    def job(self, index: int) -> Job:
        """All that is wanted must be there."""
        inputs: dict[str, Any] = {}
        stored: dict[str, tuple[Step, str]] = {}
        for name, source in self.wanted(index).items():
            if self._ledger.state[source.step] is State.STORED:
                stored[name] = (self._steps[source.step], source.output)
            else:
                inputs[name] = self._ledger.value(source.step, source.output)
        parents = {source.step: None for source in self.wanted(index).values()}
        warnings = tuple(self._ledger.warnings(parent) for parent in parents)
        return Job(self._steps[index], inputs, stored, self._run_id, self._document, self._explain, warnings)
