"""Lists in parts: how much of one is asked for, and from where."""

from __future__ import annotations

import bisect
from collections.abc import Awaitable, Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from nodeflow.api.problem import Flaw
from nodeflow.api.wire import Parameters
from nodeflow.server.problems import INVALID, Refusal

T = TypeVar("T")

After = Annotated[str | None, Field(max_length=400, description="the `next` of the page before")]


class PageQuery(Parameters):
    """Which part of a list."""

    after: After = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


def part_of(ordered: Sequence[str], after: str | None, limit: int) -> tuple[Sequence[str], str | None]:
    """The names that follow `after` in a sorted list, and what to ask for next."""
    start = 0 if after is None else bisect.bisect_right(ordered, after)
    found = ordered[start : start + limit]
    return found, found[-1] if found and start + limit < len(ordered) else None


async def page_of(asked: Awaitable[T]) -> T:
    """A page of the queue's; raises Refusal for an `after` that no page gave."""
    try:
        return await asked
    except ValueError as error:
        flaw = Flaw(part="query", pointer="/after", code="bad_value", message=str(error))
        raise Refusal(INVALID, str(error), [flaw]) from None
