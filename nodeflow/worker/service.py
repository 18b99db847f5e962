"""The service: runs that are accepted for good, carried out by workers, and told of to whoever listens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from nodeflow.config import Config
from nodeflow.queue.records import (
    ArtifactRecord,
    Envelope,
    FileRecord,
    Health,
    Idempotency,
    NewRun,
    Page,
    QueueState,
    Run,
    RunState,
    RunSummary,
    SavedGraph,
    Stats,
    Submitted,
)

Place = Literal["first", "last", "before", "after"]


class Service:
    """Everything behind the HTTP API, for one data directory and one event loop.

    What it answers is committed. What callers hand in (runs, cancellations, graphs, files) is on disk before the
    answer, power cuts included. Unknown ids raise `NotFound`.
    """

    def __init__(self, config: Config) -> None: ...

    async def start(self) -> None:
        """Open the data directory and start the workers, without waiting until they are ready.

        Runs that were interrupted are queued again. Raises `DatabaseError` when another service uses the directory,
        when it was written by a newer version, or when it is damaged.
        """
        ...

    async def stop(self, grace: float = 10.0) -> None:
        """Begin nothing more, let what runs finish for `grace` seconds, put back what did not, end the workers."""
        ...

    # Runs

    async def submit(self, new: Sequence[NewRun], idempotency: Idempotency | None = None) -> Submitted:
        """Accept runs, all or none. Raises `KeyReused`."""
        ...

    async def run(self, run_id: str) -> Run:
        """All that is known of a run."""
        ...

    async def runs(
        self,
        *,
        state: RunState | None = None,
        tag: str | None = None,
        batch: str | None = None,
        order: Literal["newest", "queue"] = "newest",
        after: str | None = None,
        limit: int = 50,
    ) -> Page[RunSummary]:
        """Runs, the newest first, or those that wait in the order in which they will run, with their positions.

        `limit` is from 1 to 500; raises `ValueError` for another, and for an `after` that no page gave.
        """
        ...

    async def wait(self, run_id: str, seconds: float) -> Run:
        """The run, as soon as it has ended, and after `seconds` at the latest."""
        ...

    async def cancel(self, run_id: str) -> RunSummary:
        """Stop a run: at once when it waits, else soon (`cancelling`). One that has ended stays as it is."""
        ...

    async def cancel_all(self, *, tag: str | None = None, batch: str | None = None) -> int:
        """Stop all runs, or those of a tag or a batch; how many there were."""
        ...

    async def retry(self, run_id: str) -> RunSummary:
        """Submit the graph of a run that has ended once more; its finished steps come from the cache.

        Raises `Conflict` while it has not ended.
        """
        ...

    async def delete(self, run_id: str) -> None:
        """Forget a run and all that was told of it; its files stay. Raises `Conflict` while it runs."""
        ...

    async def clear(self, states: Collection[RunState]) -> int:
        """Forget all runs in some states; how many there were. Raises `ValueError` for `running`."""
        ...

    async def move(self, run_id: str, place: Place, anchor: str | None = None) -> RunSummary:
        """Put a waiting run elsewhere: first, last, or before or after another one, whose priority it takes.

        Raises `Conflict` when either does not wait, `ValueError` for an anchor too many or too few.
        """
        ...

    # The queue

    async def pause(self) -> QueueState:
        """Begin no more runs, not even after a restart, until `resume`; what runs goes on."""
        ...

    async def resume(self) -> QueueState: ...

    async def queue(self) -> QueueState: ...

    # Events

    def subscribe(
        self, *, run: str | None = None, after: int | None = None, previews: bool = False
    ) -> AsyncGenerator[Envelope, None]:
        """What has happened since the envelope `after`, then what happens, each exactly once, in order of `id`.

        Of one run or of all; without `after`, of one run from its beginning, of all from now on. The stream of a run
        ends with its last envelope (`run_finished`, or `run_deleted`). Previews come between, those that are late
        not at all. Nothing is held up by a slow reader and nothing kept for it: it is given the log to read instead.
        Raises `NotFound` at the first step for an unknown run. Close it (`aclose`) when done.
        """
        ...

    def observe(self, observer: Callable[[Envelope], None]) -> Callable[[], None]:
        """Call `observer` on the loop with every envelope after its commit, previews excepted; the answer ends it."""
        ...

    async def bookmark(self, name: str) -> int:
        """The id that was last noted under a name, 0 when none was: how far a consumer of the log has come."""
        ...

    async def set_bookmark(self, name: str, id: int) -> None:  # noqa: A002
        """Note how far a consumer has come."""
        ...

    # Saved graphs

    async def graphs(self, *, after: str | None = None, limit: int = 50) -> Page[SavedGraph]:
        """Saved graphs by name."""
        ...

    async def graph(self, name: str) -> SavedGraph: ...

    async def put_graph(self, name: str, document: Mapping[str, Any], *, expected: str | None) -> SavedGraph:
        """Save a graph. `expected` is the etag it must have now, `"*"` for any or none, None for a new one.

        Raises `PreconditionFailed`, whose `etag` is what it has.
        """
        ...

    async def delete_graph(self, name: str, *, expected: str) -> None:
        """Delete a saved graph that has the etag `expected`, or any for `"*"`. Raises `PreconditionFailed`."""
        ...

    # Files

    async def artifacts(self, *, after: str | None = None, limit: int = 50) -> Page[ArtifactRecord]:
        """What runs have made, the newest first."""
        ...

    async def register(self, file: FileRecord) -> FileRecord:
        """Note a file that was put into the store. One that is known keeps its first name."""
        ...

    async def file(self, sha256: str) -> FileRecord:
        """What is known of a file, brought or made."""
        ...

    # Monitoring

    def stats(self) -> Stats: ...

    def health(self) -> Health: ...
