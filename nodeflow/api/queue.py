"""The queue, its workers, and whether all is well."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nodeflow.api.run import Time
from nodeflow.api.wire import Answer, Asked, Tag


class Worker(Answer):
    """A process that carries out runs."""

    name: str
    device: str
    state: Literal["starting", "idle", "busy", "stopped"]
    since: Time
    pid: int | None
    run_id: str | None
    rss: Annotated[int | None, Field(description="its memory in bytes")]
    responsive: Annotated[bool, Field(description="false while it gives no sign of life")]
    restarts: int
    last_error: str | None
    environment: Annotated[dict[str, str], Field(description="what results depend on: libraries, device, dtype")]


class Queue(Answer):
    """The queue at a glance."""

    paused: bool
    queued: int
    running: int
    workers: list[Worker]


class Selection(Asked):
    """Which runs: all of them, or those of a tag, a batch or both."""

    tag: Tag | None = None
    batch: Tag | None = None


class Health(Answer):
    """Whether runs can be carried out."""

    status: Literal["ok", "starting", "unwell"]
    reasons: list[str]
