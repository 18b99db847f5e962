"""Runs: submit, look, wait, cancel, retry, move, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from nodeflow.api.run import (
    MAX_WAIT,
    BatchAnswer,
    Count,
    Ended,
    Move,
    Run,
    RunPage,
    RunRequest,
    RunSummary,
    State,
    Submission,
)
from nodeflow.api.wire import KEY, Parameters, RunId, Tag
from nodeflow.queue.records import Idempotency, Submitted
from nodeflow.server.pages import PageQuery, page_of
from nodeflow.server.problems import (
    CONFLICT,
    INVALID,
    INVALID_GRAPH,
    KEY_REUSED,
    NOT_FOUND,
    STORAGE,
    UNAVAILABLE,
    Refusal,
)
from nodeflow.server.route import Content, Reply, Routes
from nodeflow.server.state import STATE
from nodeflow.server.stopping import unless_stopping
from nodeflow.server.submission import check_webhook, digest, new_runs

routes = Routes("runs")

AT_ONCE = 1 << 13
"""Bytes of a request whose graph is checked in the event loop; more are checked in a thread."""

Key = Annotated[
    str | None,
    Field(alias="Idempotency-Key", pattern=KEY, description="the same one again submits nothing"),
]
Wait = Annotated[float, Field(ge=0, le=MAX_WAIT, description="seconds to wait for the end of the run")]


class RunPath(Parameters):
    """Which run."""

    id: RunId


class SubmitQuery(Parameters):
    """Whether to wait."""

    wait: Wait = 0.0


class SubmitHeaders(Parameters):
    """What makes it safe to ask again."""

    idempotency_key: Key = None


class RunsQuery(PageQuery):
    """Which runs, in which order: the newest first, or those that wait as they will run."""

    state: State | None = None
    tag: Tag | None = None
    batch: Tag | None = None
    order: Literal["newest", "queue"] = "newest"


class ClearQuery(Parameters):
    """Which runs to forget."""

    state: Annotated[Ended | None, Field(description="only those that ended so; else all that have ended")] = None


@routes.add(
    "POST",
    "/v1/runs",
    answers={
        200: Content(Run, description="The run has ended", headers=("Location",)),
        202: Content(Submission, description="Accepted, and on disk"),
    },
    problems=(NOT_FOUND, CONFLICT, INVALID_GRAPH, KEY_REUSED, STORAGE, UNAVAILABLE),
)
async def submit_run(request: web.Request, query: SubmitQuery, headers: SubmitHeaders, body: RunRequest) -> Reply:
    """Submit a graph, or a saved one by its name; `batch` makes many runs of it.

    What is accepted is on disk and will be run, also after a crash. With `wait` the answer is the run as soon as it has
    ended, and 202 when it takes longer. With an Idempotency-Key the same request can be sent again without a second
    run.
    """
    service, config = request.app[STATE].service, request.app[STATE].config
    check_webhook(body.webhook, config.webhooks)
    if query.wait and body.batch is not None:
        raise Refusal(INVALID, "wait is for one run, and a batch has many")
    saved = await service.library.graph(body.name) if body.name is not None else None
    catalogue = request.app[STATE].catalogue
    if body.batch is None and (request.content_length or 0) <= AT_ONCE and _is_quick(body, request.app[STATE].looking):
        new = new_runs(catalogue, body, saved)
    else:
        new = await asyncio.to_thread(new_runs, catalogue, body, saved)
    key = headers.idempotency_key
    idempotency = Idempotency(key, digest(body)) if key is not None else None
    run = None
    if query.wait:
        waiting = service.submit_and_wait(new[0], query.wait, idempotency)
        submitted, run = await unless_stopping(request.app, waiting)
    else:
        submitted = await service.submit(new, idempotency)
    if not submitted.runs:
        raise Refusal(CONFLICT, f"what the idempotency key {key!r} made has been deleted since")
    if run is not None and run.ended:
        return Reply(Run.model_validate(run), 200, _headers(submitted))
    return Reply(_accepted(submitted, batch=body.batch is not None), 202, _headers(submitted))


@routes.add("GET", "/v1/runs", answers={200: RunPage})
async def list_runs(request: web.Request, query: RunsQuery) -> RunPage:
    """Runs, the newest first; with order=queue those that wait, as they will run, with their positions."""
    page = await page_of(request.app[STATE].service.runs(**query.model_dump()))
    return RunPage.model_validate(page)


@routes.add("DELETE", "/v1/runs", answers={200: Count})
async def clear_runs(request: web.Request, query: ClearQuery) -> Count:
    """Forget all runs that have ended, or that ended in one state. Their files stay for a time."""
    states: list[State] = [query.state] if query.state else ["succeeded", "failed", "cancelled"]
    return Count(runs=await request.app[STATE].service.clear(states))


@routes.add("GET", "/v1/runs/{id}", answers={200: Run})
async def show_run(request: web.Request, path: RunPath, query: SubmitQuery) -> Run:
    """A run: its state, its place in the queue, each node's state, what it made; with `wait`, once it has ended."""
    service = request.app[STATE].service
    if not query.wait:
        return Run.model_validate(await service.run(path.id))
    return Run.model_validate(await unless_stopping(request.app, service.wait(path.id, query.wait)))


@routes.add("DELETE", "/v1/runs/{id}", answers={204: Content(description="Forgotten")}, problems=(CONFLICT,))
async def delete_run(request: web.Request, path: RunPath) -> None:
    """Forget a run and its events; its files stay for a time. One that runs must be cancelled first."""
    await request.app[STATE].service.delete(path.id)


@routes.add("POST", "/v1/runs/{id}/cancel", answers={202: RunSummary})
async def cancel_run(request: web.Request, path: RunPath) -> RunSummary:
    """Stop a run: at once when it waits, soon when it runs. One that has ended stays as it is."""
    return RunSummary.model_validate(await request.app[STATE].service.cancel(path.id))


@routes.add(
    "POST", "/v1/runs/{id}/retry", answers={202: Content(RunSummary, headers=("Location",))}, problems=(CONFLICT,)
)
async def retry_run(request: web.Request, path: RunPath) -> Reply:
    """Submit the graph of a run that has ended once more, as a new run; finished steps come from the cache."""
    run = RunSummary.model_validate(await request.app[STATE].service.retry(path.id))
    return Reply(run, 202, {"Location": f"/v1/runs/{run.id}"})


@routes.add("POST", "/v1/runs/{id}/move", answers={200: RunSummary}, problems=(CONFLICT,))
async def move_run(request: web.Request, path: RunPath, body: Move) -> RunSummary:
    """Put a waiting run first, last, or before or after another one."""
    if (body.anchor is None) == (body.place in ("before", "after")):
        raise Refusal(INVALID, f"{body.place} takes {'an' if body.anchor is None else 'no'} anchor")
    return RunSummary.model_validate(await request.app[STATE].service.move(path.id, body.place, body.anchor))


def _is_quick(body: RunRequest, looking: Collection[str]) -> bool:
    """Whether a small graph can be checked without a look at any folder."""
    nodes = body.graph.get("nodes") if body.graph is not None else None
    if not isinstance(nodes, dict):
        return False
    return not any(isinstance(node, dict) and str(node.get("type")) in looking for node in nodes.values())


def _headers(submitted: Submitted) -> dict[str, str]:
    """Where to look, and whether the request had come before."""
    first = submitted.runs[0]
    place = f"/v1/runs?batch={first.batch}" if first.batch else f"/v1/runs/{first.id}"
    return {"Location": place, **({"Idempotency-Replayed": "true"} if submitted.replayed else {})}


def _accepted(submitted: Submitted, *, batch: bool) -> Submission:
    runs = [RunSummary.model_validate(run) for run in submitted.runs]
    return Submission(BatchAnswer(batch=runs[0].batch or "", runs=runs) if batch else runs[0])
