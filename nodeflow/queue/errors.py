"""What the queue refuses, each a mistake that its caller can mend.

NodeflowError
└── QueueError
    ├── NotFound            no run, graph or file of that name
    ├── Conflict            the thing is not in a state that allows it
    ├── PreconditionFailed  a saved graph has changed since it was read
    ├── KeyReused           an idempotency key that came with another request before
    └── DatabaseError       the database cannot be used: in use, of a newer version, damaged
"""

from __future__ import annotations

from nodeflow.errors import NodeflowError


class QueueError(NodeflowError):
    """Whatever the queue raises."""


class NotFound(QueueError):  # noqa: N818 (reads as what it says)
    """There is no such thing; `kind` says what was looked for (`run`, `graph`, `file`), `name` which."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!r}")
        self.kind, self.name = kind, name


class Conflict(QueueError):  # noqa: N818
    """The state of the thing does not allow it; the message says which state and what would."""


class PreconditionFailed(QueueError):  # noqa: N818
    """A saved graph is not the one that the caller has read. `etag` is what it has now, None when it is not there."""

    def __init__(self, name: str, expected: str | None, etag: str | None) -> None:
        if expected is None:
            said = f"the graph {name!r} is there already, with the etag {etag!r}"
        else:
            said = f"the graph {name!r} has the etag {etag!r}, not {expected!r}: it was changed, read it again"
        super().__init__(said if etag is not None else f"there is no graph {name!r} with the etag {expected!r}")
        self.name, self.expected, self.etag = name, expected, etag


class KeyReused(QueueError):  # noqa: N818
    """An idempotency key came with another request before."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} came with another request before; a new request needs a new key")
        self.key = key


class DatabaseError(QueueError):
    """The database cannot be used; the message names the file and what would help."""
