"""What came of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nodeflow.errors import NodeflowError, UnknownName
from nodeflow.types import File

StepState = Literal["cached", "done", "skipped", "failed"]
RunState = Literal["succeeded", "failed", "cancelled"]


class NodeFailed(NodeflowError):  # noqa: N818 - what happened, in the words of the design
    """A node failed. `input` names the input at fault, where there is one; `cause` is what was raised.

    The cause has no traceback, which would keep all that the node had in memory; its text is in `trace`, and in a note.
    """

    def __init__(
        self, node_id: str, type_name: str, input_name: str | None, cause: BaseException, trace: str = ""
    ) -> None:
        self.node_id = node_id
        self.type = type_name
        self.input = input_name
        self.cause = cause
        where = f"{node_id!r} ({type_name})" + (f", input {input_name!r}" if input_name else "")
        said = str(cause)
        super().__init__(f"{where}: {type(cause).__name__}" + (f": {said}" if said else ""))
        self.trace = trace
        self.__cause__ = cause
        if trace:
            self.add_note(trace)


@dataclass(frozen=True, slots=True)
class StepReport:
    """What came of one step. `reason` says why it was skipped, why it failed, or where a cached one was found."""

    state: StepState
    seconds: float = 0.0
    reason: str = ""
    artifacts: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run: the outputs of the targets that have any, a report on every step, the first failure."""

    run_id: str
    state: RunState
    outputs: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, StepReport]
    seconds: float = 0.0
    error: NodeFailed | None = None

    @property
    def artifacts(self) -> Mapping[str, tuple[File, ...]]:
        """The files that were made, by node, for the nodes that made any."""
        return {node_id: report.artifacts for node_id, report in self.steps.items() if report.artifacts}

    def __getitem__(self, output: object) -> Any:
        """The value of a target's output, by its link (`"sample.latent"`), or by what a builder gave for it.

        The target alone, `"sample"`, does where it has one output. Raises the run's error when there is no such output
        because of it, and UnknownName otherwise.
        """
        node_id, dot, name = str(output).partition(".")
        found = self.outputs.get(node_id)
        if found is None:
            self.raise_error()
            raise UnknownName("target", node_id, self.outputs)
        if not dot and len(found) == 1:
            (name,) = found
        if name not in found:
            raise UnknownName(f"output of {node_id!r}", name, found)
        return found[name]

    def raise_error(self) -> Result:
        """The result itself, unless the run failed: then its error is raised."""
        if self.error is not None:
            raise self.error
        return self
