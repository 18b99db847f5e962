"""One attempt at a step, as a thread makes it: inputs gathered, the node run, its outputs checked."""

from __future__ import annotations

import copy
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

from nodeflow.cache import Entry
from nodeflow.cache.entry import Warnings, footprint, warnings_with
from nodeflow.context import Cancellation, Context, Reporter
from nodeflow.errors import NodeflowError
from nodeflow.executor.outcome import Decided, Done, Failed, Interrupted, Missing, Outcome
from nodeflow.executor.services import Services
from nodeflow.executor.values import InputError, check_files, checked_input, checked_outputs
from nodeflow.node import NOT_READY, Node
from nodeflow.node_log import NodeLog
from nodeflow.plan import Step


class MissingError(NodeflowError):
    """Inputs that the cache does not have after all."""

    def __init__(self, inputs: frozenset[str]) -> None:
        self.inputs = inputs
        super().__init__(f"the cache has lost what {', '.join(sorted(inputs))} needs")


@dataclass(frozen=True, slots=True)
class Job:
    """What there is to do: a step, the linked values at hand, and those still to be read from the cache.

    `stored` holds, by input, the step that gave the value and its output. Lazy inputs in neither are not ready.
    `warnings` are what was warned of on the way to the values at hand. `explain` says why the step has to run, where
    somebody wants to know.
    """

    step: Step
    inputs: Mapping[str, Any]
    stored: Mapping[str, tuple[Step, str]]
    run_id: str
    document: Callable[[], Mapping[str, Any]]
    explain: Callable[[Step], str] | None = None
    warnings: tuple[Warnings, ...] = ()


@dataclass(slots=True)
class Attempt:
    """Does a job. What comes of it is kept in memory; writing it to disk is left to the caller.

    `was_read` is told of each input that was read from the cache.
    """

    job: Job
    services: Services
    warn: Callable[[str], None]
    was_read: Callable[[str, Entry], object]
    cancellation: Cancellation = field(default_factory=Cancellation)
    report: Reporter | None = None
    node: Node | None = None
    context: Context | None = None
    started: float = 0.0
    holding: ExitStack = field(default_factory=ExitStack)
    said: list[str] = field(default_factory=list)
    before: list[Warnings] = field(default_factory=list)

    def decide(self) -> Outcome:
        """Ask the node which lazy inputs it wants next."""
        return self._contained(self._decide)

    def compute(self) -> Outcome:
        """The whole of it, for a node whose `run` is not async."""
        return self._contained(self._compute)

    def prepare(self) -> Outcome | None:
        """The part before `run`, for an async node; None when all is well, and `node` and `context` are there."""
        outcome = self._contained(self._prepare, end=False)
        return None if isinstance(outcome, Decided) else outcome

    def conclude(self, returned: Any, error: BaseException | None) -> Outcome:
        """The part after `run`, for an async node that returned or raised."""
        return self._contained(lambda: self._conclude(returned, error))

    def _contained(self, work: Callable[[], Outcome], *, end: bool = True) -> Outcome:
        """Nothing a node raises gets past here, `SystemExit` and `KeyboardInterrupt` included."""
        try:
            outcome = work()
        except MissingError as error:
            outcome = Missing(error.inputs)
        except BaseException as error:  # noqa: BLE001
            outcome = self._failed(error)
        ended = end or not isinstance(outcome, Decided)
        if ended:
            self.holding.close()
            # What a finished attempt still refers to cannot be freed.
            self.node = self.context = None
        return outcome

    def _failed(self, error: BaseException) -> Outcome:
        if self.cancellation.cancelled:
            return Interrupted()
        trace = "".join(traceback.format_exception(error))
        _let_go(error)
        return Failed(error, error.name if isinstance(error, InputError) else None, trace)

    def _decide(self) -> Outcome:
        spec = self.job.step.spec
        ready = self._gather()
        wanted = frozenset(spec.node(**ready, **self._not_ready(ready)).needs(ready))
        if unknown := wanted - spec.inputs.keys():
            raise NodeflowError(f"{spec.name}.needs names {sorted(unknown)}; its inputs are {', '.join(spec.inputs)}")
        return Decided(wanted - ready.keys())

    def _compute(self) -> Outcome:
        self._prepare()
        assert self.node is not None
        return self._conclude(self.node.run(self.context), None)  # type: ignore[arg-type]

    def _prepare(self) -> Outcome:
        self.cancellation.check()
        ready = self._gather()
        self.node = self.job.step.spec.node(**ready, **self._not_ready(ready))
        self.context = self._context()
        self.started = time.perf_counter()
        return Decided(frozenset())

    def _conclude(self, returned: Any, error: BaseException | None) -> Outcome:
        seconds = time.perf_counter() - self.started
        if error is not None:
            raise error
        assert self.context is not None
        saved = tuple(self.context.saved)
        self.node = self.context = None
        self.holding.close()
        self.cancellation.check()
        step = self.job.step
        if self.services.folders is not None:
            check_files(step, self.services.folders)
        entry = Entry(
            outputs=checked_outputs(step.spec, returned, self.services.registry),
            artifacts=saved,
            seconds=seconds,
            type=step.spec.name,
            parts=step.parts,
            types={name: port.type for name, port in step.spec.outputs.items()},
            node_id=step.id,
            warnings=warnings_with(step.key, self.said, (*self.job.warnings, *self.before)),
        )
        reason = self.job.explain(step) if self.job.explain else ""
        if step.cacheable:
            self.services.cache.remember(step.key, entry)
        return Done(entry, footprint(entry.outputs), reason)

    def _gather(self) -> dict[str, Any]:
        """Every input that is ready, by name, checked; raises `MissingError` and `InputError`."""
        step, registry = self.job.step, self.services.registry
        linked = {**self.job.inputs, **self._read()}
        ready = {name: checked_input(step.spec.inputs[name], value, registry) for name, value in linked.items()}
        for name, value in step.values.items():
            # A node may do as it likes with a list of its own; the plan's stays as it is.
            ready[name] = _own(value)
        return ready

    def _read(self) -> dict[str, Any]:
        found, missing = {}, set()
        for name, (source, output) in self.job.stored.items():
            entry = self.services.read(source, self.warn)
            if entry is None:
                missing.add(name)
            else:
                found[name] = entry.outputs[output]
                self.before.append(entry.warnings)
                self.was_read(name, entry)
        if missing:
            raise MissingError(frozenset(missing))
        return found

    def _not_ready(self, ready: Mapping[str, Any]) -> dict[str, Any]:
        return {name: NOT_READY for name in self.job.step.links if name not in ready}

    def _context(self) -> Context:
        step, services = self.job.step, self.services
        return Context(
            node_id=step.id,
            run_id=self.job.run_id,
            settings=services.settings,
            log=self.holding.enter_context(closing(NodeLog(f"nodeflow.node.{step.spec.name}", self._hear))),
            store=services.store,
            folders=services.folders,
            document=self.job.document,
            models=self.holding.enter_context(services.models.lease()),
            choices=services.registry,
            cancellation=self.cancellation,
            report=self.report,
            warn=self._hear,
        )

    def _hear(self, message: str) -> None:
        """The node warns of something; it may be in any thread."""
        self.said.append(message)
        self.warn(message)


def _own(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


def _let_go(error: BaseException) -> None:
    """Drop the tracebacks of an error and of what led to it.

    A traceback keeps its frames, those their callers, and all of them their variables: an error that is kept would keep
    gigabytes alive. The text of it has been taken.
    """
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            pending += [each.__cause__, each.__context__]
