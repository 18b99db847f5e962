"""Runs: what is asked for, and what is known of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, model_validator

from nodeflow.api.wire import ADDRESS, Answer, Asked, Document, GraphName, RunId, Sha256, Tag

MAX_BATCH = 5000
MAX_WAIT = 300
MAX_TRAITS = 8
MAX_LETTERS = 80
"""Of a value that is told as a trait."""

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Ended = Literal["succeeded", "failed", "cancelled"]
NodeStateName = Literal["waiting", "running", "cached", "done", "skipped", "failed"]

Seconds = Annotated[float, Field(ge=0)]
Time = Annotated[float, Field(description="seconds since 1970")]
Traits = Annotated[
    dict[str, Any],
    Field(
        max_length=MAX_TRAITS,
        description="what tells it from others of its graph: the inputs that its request gave, or in which its batch "
        f"differs, and its seeds; a long value is its first {MAX_LETTERS} letters",
    ),
]
Values = Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]


class Batch(Asked):
    """Many runs of one graph: the values of `zip` go together, the first with the first; those of `product` each with
    every other. With both, every row of `zip` meets every combination of `product`."""

    zip: Annotated[dict[str, Values], Field(description="lists of one length, by the name of an input")] = {}
    product: Annotated[dict[str, Values], Field(description="lists by the name of an input")] = {}

    @model_validator(mode="after")
    def _fits(self) -> Batch:
        if not self.zip and not self.product:
            raise ValueError("give lists of values in zip, in product or in both")
        if both := self.zip.keys() & self.product.keys():
            raise ValueError(f"{min(both)!r} stands in zip and in product; it can be in one of them")
        if len({len(values) for values in self.zip.values()}) > 1:
            raise ValueError("the lists in zip must have one length")
        if self.count > MAX_BATCH:
            raise ValueError(f"this makes {self.count} runs; {MAX_BATCH} is the most for one request")
        return self

    @property
    def count(self) -> int:
        """How many runs it makes."""
        count = len(next(iter(self.zip.values()))) if self.zip else 1
        for values in self.product.values():
            count *= len(values)
        return count


class RunRequest(Asked):
    """A graph to run: the document itself, or the name of a saved one."""

    graph: Annotated[Document | None, Field(description="the graph; docs/graph-format.md")] = None
    name: Annotated[GraphName | None, Field(description="of a saved graph, in place of `graph`")] = None
    inputs: Annotated[dict[str, Any], Field(description="values for the graph's inputs, by name")] = {}
    targets: Annotated[
        list[str] | None,
        Field(min_length=1, max_length=1000, description="node ids: run these and what they need; else the outputs"),
    ] = None
    priority: Annotated[int, Field(ge=-1000, le=1000, description="runs of a higher one go first")] = 0
    tags: Annotated[list[Tag], Field(max_length=16, description="to find the run again")] = []
    batch: Batch | None = None
    webhook: Annotated[
        str | None,
        Field(max_length=2000, pattern=ADDRESS, description="is sent the run, by POST, when it has ended"),
    ] = None

    @model_validator(mode="after")
    def _one_graph(self) -> RunRequest:
        if (self.graph is None) == (self.name is None):
            raise ValueError("give either a graph or the name of a saved one")
        return self


class RunError(Answer):
    """Why a run did not succeed."""

    code: Annotated[
        str,
        Field(
            description="node_failed, graph_invalid, worker_died, out_of_memory, unresponsive, interrupted or internal"
        ),
    ]
    message: str
    node_id: str | None = None
    type: str | None = None
    input: str | None = None
    error: Annotated[str | None, Field(description="the class of what the node raised")] = None
    traceback: str | None = None
    problems: list[dict[str, Any]] = []


class RunSummary(Answer):
    """A run as a list shows it."""

    id: RunId
    state: State
    cancelling: Annotated[bool, Field(description="asked to stop, and not yet stopped")]
    priority: int
    position: Annotated[int | None, Field(description="in the queue, the next one being 1; null when it does not wait")]
    name: Annotated[str | None, Field(description="the saved graph it came from")]
    tags: list[str]
    traits: Traits
    batch: str | None
    retry_of: str | None
    attempt: Annotated[int, Field(description="0 until it has first begun")]
    created: Time
    started: Time | None
    finished: Time | None
    seconds: Seconds | None
    error: RunError | None
    webhook: str | None

    @property
    def ended(self) -> bool:
        return self.state in ("succeeded", "failed", "cancelled")


class NodeState(Answer):
    """Where a node of a run stands."""

    node_id: str
    type: str
    state: NodeStateName
    started: Time | None = None
    seconds: Seconds | None = None
    reason: Annotated[str | None, Field(description="why it was skipped, failed, or needed no run")] = None
    done: Annotated[float | None, Field(description="of `total`; null until it has told any progress")] = None
    total: float | None = None
    warnings: Annotated[list[str], Field(description="to know, for as long as events are kept; each once")] = []


class Artifact(Answer):
    """A file that a node of a run made; GET /v1/files/{sha256} gives it."""

    run_id: RunId
    node_id: str
    sha256: Sha256
    name: str
    media_type: str
    size: Annotated[int, Field(ge=0, description="bytes")]
    created: Time


class Run(RunSummary):
    """All that is known of a run."""

    graph: Annotated[dict[str, Any], Field(description="as it runs: inputs put in, seeds drawn")]
    targets: list[str] | None
    nodes: list[NodeState]
    artifacts: list[Artifact]
    outputs: Annotated[
        dict[str, dict[str, Any]], Field(description="the JSON values that the targets gave, by node and output")
    ]
    last_event: Annotated[int, Field(description="the id of the last event about it: listening after it misses none")]


class RunPage(Answer):
    """Some of the runs; `next` is what to give as `after` for what follows, null at the end."""

    items: list[RunSummary]
    next: str | None


class BatchAnswer(Answer):
    """The runs of a batch, in the order of its values: of `product`, the last list goes round the fastest."""

    batch: str
    runs: list[RunSummary]


class Submission(RootModel[BatchAnswer | RunSummary]):
    """The run that was accepted, or the runs of a batch."""


class Move(Asked):
    """Where in the queue a run shall stand."""

    place: Literal["first", "last", "before", "after"]
    anchor: Annotated[RunId | None, Field(description="the other run, for before and after; its priority is taken")] = (
        None
    )


class Count(Answer):
    """How many runs it concerned."""

    runs: Annotated[int, Field(ge=0)]


class ArtifactInGallery(Artifact):
    """An artifact, with the traits of its run, and the graph that made it where that was asked for."""

    traits: Traits
    graph: dict[str, Any] | None = None


class ArtifactPage(Answer):
    """Some of the artifacts; `next` is what to give as `after` for what follows, null at the end."""

    items: list[ArtifactInGallery]
    next: str | None
