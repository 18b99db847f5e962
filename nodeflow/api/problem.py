"""Problem details (RFC 9457): the one form of every error."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nodeflow.api.wire import Answer

MEDIA_TYPE = "application/problem+json"

Part = Literal["body", "path", "query", "header", "graph"]


class Flaw(Answer):
    """One thing that is wrong, and where."""

    part: Annotated[Part, Field(description="what the pointer leads into; `graph` is a saved graph")] = "body"
    pointer: Annotated[str, Field(description="a JSON pointer (RFC 6901); empty for the whole")]
    code: Annotated[str, Field(description="docs/graph-format.md lists those of graphs")]
    message: str
    expected: str | None = None
    got: str | None = None
    nearest: Annotated[str | None, Field(description="the valid name most like the one given")] = None


class ProblemDetail(Answer):
    """Why a request was refused, or failed."""

    type: Annotated[str, Field(description="a URI reference that names the kind of problem")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: Annotated[str | None, Field(description="the number of the request, as the server's log has it")] = None
    errors: Annotated[list[Flaw], Field(description="everything that is wrong, in the order it was found")] = []
    more: Annotated[int, Field(ge=0, description="further errors that are not listed")] = 0
