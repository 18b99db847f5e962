"""Events: what happens to runs, as the event streams tell it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from nodeflow.api.run import Time
from nodeflow.api.wire import Answer


class Event(Answer):
    """Something that happened; the `data` of a server-sent event.

    `kind` is one of those that docs/api.md lists. Node previews have no id: they are sent once, or not at all.
    """

    id: Annotated[int | None, Field(description="grows by time, over all runs; null for previews")]
    run_id: str | None
    sequence: Annotated[int | None, Field(description="counts from 1 within the run, without gaps")]
    kind: str
    time: Time
    node_id: str | None = None
    data: dict[str, Any]
