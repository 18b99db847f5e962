"""The kinds of problems that requests are answered with, and the exception that carries one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from nodeflow.api.problem import MEDIA_TYPE, Flaw, Part, ProblemDetail
from nodeflow.errors import NodeflowError
from nodeflow.problems import GraphError, Problem

LISTED = 1000
"""Errors that one answer lists."""

SECRETS = frozenset({"Authorization", "Cookie", "token"})
"""Names whose values no answer repeats."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its name in the URI, its status and its title."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        return f"/problems/{self.name}"


MALFORMED = Kind("malformed", 400, "The request cannot be read")
UNAUTHORIZED = Kind("unauthorized", 401, "A token is needed")
FORBIDDEN = Kind("forbidden", 403, "The request comes from where none may come from")
NOT_FOUND = Kind("not-found", 404, "There is no such thing")
METHOD = Kind("method-not-allowed", 405, "The method is not allowed here")
TIMEOUT = Kind("timeout", 408, "The request did not arrive in time")
CONFLICT = Kind("conflict", 409, "The state of the thing does not allow it")
PRECONDITION = Kind("precondition-failed", 412, "It was changed in the meantime")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
MEDIA = Kind("unsupported-media-type", 415, "The media type is not one that is taken here")
RANGE = Kind("range-not-satisfiable", 416, "The range lies outside the file")
INVALID = Kind("invalid-request", 422, "The request does not fit")
INVALID_GRAPH = Kind("invalid-graph", 422, "The graph is not valid")
INVALID_FILE = Kind("invalid-file", 422, "The file is not one that is taken here")
KEY_REUSED = Kind("idempotency-key-reused", 422, "The idempotency key belongs to another request")
PRECONDITION_REQUIRED = Kind("precondition-required", 428, "The request must say which version it means")
INTERNAL = Kind("internal", 500, "A defect of the server")
PLUGIN = Kind("plugin-failed", 500, "A plugin failed")
UNAVAILABLE = Kind("unavailable", 503, "The server cannot do it now")
STORAGE = Kind("insufficient-storage", 507, "There is no room left on the server's disk")

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in list(globals().values()) if isinstance(kind, Kind)}


class Refusal(NodeflowError):  # noqa: N818 (what is done, not what went wrong)
    """A request that is answered with a problem."""

    def __init__(
        self, kind: Kind, detail: str, flaws: Iterable[Flaw] = (), *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, detail
        self.flaws = tuple(flaws)
        self.headers = dict(headers or {})


def answer(refusal: Refusal, instance: str) -> web.Response:
    """The refusal as an RFC 9457 answer."""
    detail = ProblemDetail(
        type=refusal.kind.uri,
        title=refusal.kind.title,
        status=refusal.kind.status,
        detail=refusal.detail,
        instance=instance,
        errors=list(refusal.flaws[:LISTED]),
        more=max(0, len(refusal.flaws) - LISTED),
    )
    body = detail.model_dump_json().encode("utf-8", "backslashreplace")
    return web.Response(body=body, status=refusal.kind.status, content_type=MEDIA_TYPE, headers=refusal.headers)


def graph_refusal(error: GraphError, *, part: Part = "body", below: str = "/graph") -> Refusal:
    """A graph's problems, their pointers leading into what the client sent: the graph stands there `below`.

    Inputs and targets stand in the request itself.
    """
    flaws = [_graph_flaw(problem, part, below) for problem in error.problems]
    count = "1 problem" if len(flaws) == 1 else f"{len(flaws)} problems"
    return Refusal(INVALID_GRAPH, f"the graph has {count}; the first: {error.problems[0].message}", flaws)


def _graph_flaw(problem: Problem, part: Part, below: str) -> Flaw:
    if problem.pointer.startswith("/targets/"):
        return Flaw(**problem.dump())
    return Flaw(**{**problem.dump(), "part": part, "pointer": below + problem.pointer})
