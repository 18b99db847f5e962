"""The books of a run: where each step stands, who still has a claim on its outputs, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import IntEnum
from functools import cached_property
from typing import Any

from nodeflow.cache import Entry
from nodeflow.cache.entry import Warnings
from nodeflow.events import Narrator
from nodeflow.executor.outcome import Failed
from nodeflow.executor.result import NodeFailed, StepReport
from nodeflow.plan import Plan

NOT_NEEDED = "what depends on it is cached"
NOT_WANTED = "nothing needs it"
CANCELLED = "the run was cancelled"


class State(IntEnum):
    """Where a step stands."""

    IDLE = 0  # nobody has asked for it yet
    WAITING = 1  # for its inputs
    STORED = 2  # on disk; it is read by the first who needs it
    BUSY = 3  # in a thread, or in flight
    DONE = 4
    DROPPED = 5  # failed, skipped or not needed: no output will come


class Ledger:
    """Settles steps, and lets go of whatever nobody can want any more.

    Every link is a claim on the step it comes from, and so is being a target. A step that is settled gives up its
    claims. A step without claims is let go: if it is done its outputs are dropped; if it was not begun it never will
    be, and its own claims go the same way. So a cached step keeps all its ancestors from being computed, the chosen
    branch of a switch keeps the other one from it, and an output lives exactly as long as somebody may want it.

    Nothing here calls itself, however long the graph. `abandon` is called for a step that is busy for nobody.
    """

    def __init__(self, plan: Plan, narrator: Narrator, abandon: Callable[[int], None]) -> None:
        count = len(plan.steps)
        self.steps = plan.steps
        self.targets = dict.fromkeys(plan.position[target] for target in plan.targets)
        self.state: list[State] = [State.IDLE] * count
        self.error: NodeFailed | None = None
        self._narrator = narrator
        self._abandon = abandon
        self._outputs: list[Mapping[str, Any] | None] = [None] * count
        self._warnings: dict[int, Warnings] = {}
        self._told: set[int] = set()
        self._reports: list[StepReport | None] = [None] * count
        self._claims = [0] * count
        self._covered = bytearray(count)
        self._waiting: dict[int, list[int]] = {}
        for step in plan.steps:
            for source in step.links.values():
                self._claims[source.step] += 1
        for target in self.targets:
            self._claims[target] += 1

    def value(self, index: int, output: str) -> Any:
        """An output of a step that is done."""
        outputs = self._outputs[index]
        assert outputs is not None, f"the outputs of {self.steps[index].id!r} were let go too early"
        return outputs[output]

    def warnings(self, index: int) -> Warnings:
        """What was warned of on the way to the outputs of a step that is done."""
        return self._warnings.get(index, {})

    def wait(self, index: int, parent: int) -> None:
        """Note that a step waits for another: `settle` and `drop` tell."""
        self._waiting.setdefault(parent, []).append(index)

    def waiting(self, index: int) -> list[int]:
        """The steps that wait for this one; each is told once."""
        return self._waiting.pop(index, [])

    def done(self, index: int, entry: Entry, reason: str) -> None:
        """The step was computed."""
        report = StepReport("done", entry.seconds, reason, entry.artifacts)
        self._narrator.tell("node_finished", self.steps[index].id, seconds=entry.seconds, reason=reason)
        self._told.add(index)
        self._settle(index, entry, report)

    def cached(self, index: int, entry: Entry, where: str) -> None:
        """The step was found in the cache."""
        report = StepReport("cached", entry.seconds, where, entry.artifacts)
        self._narrator.tell("node_cached", self.steps[index].id, reason=where)
        self._warn(entry)
        self._settle(index, entry, report)

    def failed(self, index: int, failure: Failed) -> None:
        """The step failed; the first to do so is the error of the run."""
        step = self.steps[index]
        error = NodeFailed(step.id, step.spec.name, failure.input, failure.cause, failure.trace)
        self.error = self.error or error
        self._reports[index] = StepReport("failed", reason=str(error))
        self._narrator.tell(
            "node_failed",
            step.id,
            type=step.spec.name,
            input=failure.input,
            error=type(failure.cause).__name__,
            message=str(failure.cause),
            traceback=failure.trace,
        )
        self._drop(index)

    def skipped(self, index: int, reason: str) -> None:
        """The step will not be computed."""
        self._skip(index, reason)
        self._drop(index)

    def reports(self) -> dict[str, StepReport]:
        """What came of each step, in the order of the plan; those that nothing came of were cut off."""
        cut_off = StepReport("skipped", reason=CANCELLED)
        return {step.id: report or cut_off for step, report in zip(self.steps, self._reports, strict=True)}

    def outputs(self) -> dict[str, dict[str, Any]]:
        """What the targets gave, of those that gave something."""
        kept = ((self.steps[target].id, self._outputs[target]) for target in self.targets)
        return {node_id: dict(outputs) for node_id, outputs in kept if outputs}

    def _settle(self, index: int, entry: Entry, report: StepReport) -> None:
        for file in entry.artifacts:
            self._narrator.tell("artifact", self.steps[index].id, **asdict(file))
        self.state[index] = State.DONE
        self._reports[index] = report
        if entry.warnings:
            self._warnings[index] = entry.warnings
        if self._claims[index]:
            self._outputs[index] = entry.outputs
        self._release(index, covered=report.state == "cached")

    def _warn(self, entry: Entry) -> None:
        """Tell once more, once a run, what was warned of when a cached entry was made, also by nodes before it."""
        for key, messages in entry.warnings.items():
            for index in self._places.get(key, ()):
                if index not in self._told:
                    self._told.add(index)
                    for message in messages:
                        self._narrator.tell("warning", self.steps[index].id, message=message)

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        """Where the steps of a key stand: there may be several."""
        found: dict[str, list[int]] = {}
        for index, step in enumerate(self.steps):
            found.setdefault(step.key, []).append(index)
        return found

    def _drop(self, index: int) -> None:
        self.state[index] = State.DROPPED
        self._release(index, covered=False)

    def _skip(self, index: int, reason: str) -> None:
        self._reports[index] = StepReport("skipped", reason=reason)
        self._narrator.tell("node_skipped", self.steps[index].id, reason=reason)

    def _release(self, index: int, *, covered: bool) -> None:
        """Give up a step's claims, and those of all that this leaves without any."""
        released = [(index, covered)]
        while released:
            index, covered = released.pop()
            for source in self.steps[index].links.values():
                parent = source.step
                self._claims[parent] -= 1
                self._covered[parent] |= covered
                if self._claims[parent] == 0 and self._let_go(parent):
                    released.append((parent, bool(self._covered[parent])))

    def _let_go(self, index: int) -> bool:
        """Let a step without claims go; True when it had not begun, so that its own claims go too."""
        self._outputs[index] = None
        if self.state[index] is State.BUSY:
            self._abandon(index)
            return False
        if self.state[index] in (State.DONE, State.DROPPED):
            return False
        self.state[index] = State.DROPPED
        if self._covered[index]:
            self._reports[index] = StepReport("cached", reason=NOT_NEEDED)
            self._narrator.tell("node_cached", self.steps[index].id, reason=NOT_NEEDED)
        else:
            self._skip(index, NOT_WANTED)
        return True
