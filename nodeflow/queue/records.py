"""What the queue takes and gives: plain frozen records, every one of them easily made JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, get_args

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
STATES: tuple[str, ...] = get_args(RunState)
ENDED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})

NodeStateName = Literal["waiting", "running", "cached", "done", "skipped", "failed"]

QueueKind = Literal[
    "run_queued",  # accepted; data: priority, name, batch, retry_of
    "run_planned",  # the worker has checked it; data: targets, steps
    "run_cancelling",  # asked to stop; it still runs
    "run_requeued",  # waits again; data: reason, attempt
    "run_deleted",  # and all that was told of it; data: run_id, state
    "run_moved",  # to another place in the queue
    "queue",  # data: paused
    "plugins",  # loaded anew; data: changed, broken
]
"""The kinds of envelopes that the queue adds to `events.KINDS`."""
KINDS: tuple[str, ...] = get_args(QueueKind)

T = TypeVar("T")


@dataclass(frozen=True)
class Envelope:
    """Something that happened, as it is kept in the log and sent to whoever listens.

    `id` grows by time over all runs and is None for previews, which are not kept. `sequence` counts from 1 within the
    run, without gaps, over all attempts; None where there is no run, or no id. `time` is in seconds since 1970.
    """

    id: int | None
    run_id: str | None
    sequence: int | None
    kind: str
    time: float
    node_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """The envelope as a JSON object."""
        return {
            "id": self.id,
            "run_id": self.run_id,
            "sequence": self.sequence,
            "kind": self.kind,
            "time": self.time,
            "node_id": self.node_id,
            "data": dict(self.data),
        }

    @cached_property
    def text(self) -> str:
        """`dump()` as JSON on one line, made once however many clients it goes to."""
        return json.dumps(self.dump(), ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """A run to be. `graph` is the document as it shall run: checked, inputs applied, seeds drawn.

    `targets` are the nodes to run the graph for, None for its usual ones. `name` is the saved graph it came from.
    Runs of higher priority go first. `traits` tell the run from others of its graph. `webhook` is the address to tell
    when it has ended. `id` is drawn if it is None.
    """

    graph: Mapping[str, Any]
    targets: tuple[str, ...] | None = None
    priority: int = 0
    tags: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    batch: str | None = None
    webhook: str | None = None
    retry_of: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A key that a client chose for a request, and a digest of that request: the same key again changes nothing."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run did not succeed. `node_id` and `type` name the node at fault, where there is one.

    Codes: `node_failed` (it raised), `graph_invalid` (`problems` lists why), `worker_died`, `out_of_memory`,
    `unresponsive` (it did not stop when cancelled), `interrupted` (the service died with it too often), `internal`.
    """

    code: str
    message: str
    node_id: str | None = None
    type: str | None = None
    input: str | None = None
    error: str | None = None
    traceback: str | None = None
    problems: Sequence[Mapping[str, Any]] = ()

    def dump(self) -> dict[str, Any]:
        """The error as a JSON object."""
        return {**asdict(self), "problems": [dict(problem) for problem in self.problems]}


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run as a list shows it. Times are seconds since 1970, `seconds` how long it ran.

    `position` counts from 1 for the next to run; None when it does not wait, in what `submit` answers, and in lists
    other than the queue's own.
    `attempt` is 0 until it has first begun. `cancelling` is true from the request to stop until it has stopped.
    """

    id: str
    state: RunState
    cancelling: bool
    priority: int
    position: int | None
    name: str | None
    tags: tuple[str, ...]
    traits: Mapping[str, Any]
    batch: str | None
    retry_of: str | None
    attempt: int
    created: float
    started: float | None
    finished: float | None
    seconds: float | None
    error: RunError | None
    webhook: str | None

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, kw_only=True)
class NodeState:
    """Where a node of a run stands; `done` of `total` is its own progress, None until it has told any.

    Nodes that nothing was told of are `waiting`, or `skipped` once the run has ended. `warnings` are what it said of
    itself, for as long as the events that told of it are kept.
    """

    node_id: str
    type: str
    state: NodeStateName
    started: float | None = None
    seconds: float | None = None
    reason: str | None = None
    done: float | None = None
    total: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ArtifactRecord:
    """A file that a node of a run made. `created` is in seconds since 1970, `size` in bytes."""

    run_id: str
    node_id: str
    sha256: str
    name: str
    media_type: str
    size: int
    created: float


@dataclass(frozen=True, kw_only=True)
class GalleryRecord(ArtifactRecord):
    """A file that a node of a run made, with the traits of that run."""

    traits: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run(RunSummary):
    """All that is known of a run. `outputs` holds the JSON values that its targets gave, by node and output."""

    graph: Mapping[str, Any]
    targets: tuple[str, ...] | None
    nodes: tuple[NodeState, ...]
    artifacts: tuple[ArtifactRecord, ...]
    outputs: Mapping[str, Mapping[str, Any]]
    last_event: int
    """The id of the last envelope about it: listening from here on misses nothing."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `next` is what to pass as `after` for what follows, None at the end."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a request made, or, `replayed`, what it made the first time (without what was deleted since)."""

    runs: tuple[RunSummary, ...]
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class SavedGraph:
    """A graph kept under a name. The etag is a digest of the document: another one, another etag."""

    name: str
    document: Mapping[str, Any]
    etag: str
    created: float
    updated: float


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A file that somebody brought, or a run made. Width and height in pixels, for pictures."""

    sha256: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    uploaded: float | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerState:
    """A worker process. `rss` is its memory in bytes; `since` when it took its state, in seconds since 1970.

    `responsive` is false while it does not tell that it lives: some node holds it up, or it is about to be found dead.
    """

    name: str
    device: str
    state: Literal["starting", "idle", "busy", "stopped"]
    since: float
    pid: int | None = None
    run_id: str | None = None
    rss: int | None = None
    responsive: bool = True
    restarts: int = 0
    last_error: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueueState:
    """The queue at a glance."""

    paused: bool
    queued: int
    running: int
    workers: tuple[WorkerState, ...]


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Figures for monitoring; counters count from the start of the service."""

    paused: bool
    queued: int
    running: int
    ended: Mapping[str, int]
    """Runs that ended, by state."""
    nodes: Mapping[str, int]
    """Nodes that came to an end, by state."""
    requeued: int
    events: int
    subscribers: int
    workers: tuple[WorkerState, ...]
    commits: int
    """Transactions; fewer than what was written where calls were grouped."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether the service can do its work; `reasons` says what is wrong."""

    ok: bool
    reasons: tuple[str, ...]
    workers: tuple[WorkerState, ...]
