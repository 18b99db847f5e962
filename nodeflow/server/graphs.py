"""Saved graphs, by name; two who change one at the same time notice it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.graph import GraphDocument, GraphPage, GraphSummary
from nodeflow.api.wire import GraphName, Parameters
from nodeflow.graph import parse
from nodeflow.problems import GraphError
from nodeflow.queue.errors import PreconditionFailed
from nodeflow.queue.records import SavedGraph
from nodeflow.server import conditional
from nodeflow.server.pages import PageQuery, page_of
from nodeflow.server.problems import (
    INVALID_GRAPH,
    MALFORMED,
    PRECONDITION,
    PRECONDITION_REQUIRED,
    Refusal,
    graph_refusal,
)
from nodeflow.server.route import Content, Reply, Routes
from nodeflow.server.state import STATE

routes = Routes("graphs")

IfMatch = Annotated[str | None, Field(alias="If-Match", description="the etag that was read, in double quotes, or *")]


class GraphPath(Parameters):
    """Which saved graph."""

    name: GraphName


class Writing(conditional.Known):
    """What a client says of the version that it changes. None of both is right for a graph that is not there yet."""

    if_match: IfMatch = None


class Deleting(Parameters):
    """Which version a client deletes."""

    if_match: IfMatch = None


@routes.add("GET", "/v1/graphs", answers={200: GraphPage})
async def list_graphs(request: web.Request, query: PageQuery) -> GraphPage:
    """The saved graphs, by name."""
    page = await page_of(request.app[STATE].service.library.graphs(after=query.after, limit=query.limit))
    return GraphPage(items=[_summary(saved) for saved in page.items], next=page.next)


@routes.add(
    "GET",
    "/v1/graphs/{name}",
    answers={
        200: Content(GraphDocument, headers=("ETag",)),
        304: Content(description="You have it already", headers=("ETag",)),
    },
)
async def show_graph(request: web.Request, path: GraphPath, headers: conditional.Known) -> web.Response:
    """A saved graph: the document itself."""
    saved = await request.app[STATE].service.library.graph(path.name)
    if conditional.names(headers.if_none_match, saved.etag):
        return conditional.unchanged(saved.etag)
    body = json.dumps(saved.document, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, content_type="application/json", headers={"ETag": f'"{saved.etag}"'})


@routes.add(
    "PUT",
    "/v1/graphs/{name}",
    answers={
        200: Content(GraphSummary, description="Saved", headers=("ETag",)),
        201: Content(GraphSummary, description="Saved for the first time", headers=("ETag",)),
    },
    problems=(INVALID_GRAPH, PRECONDITION, PRECONDITION_REQUIRED),
)
async def put_graph(request: web.Request, path: GraphPath, headers: Writing, body: GraphDocument) -> Reply:
    """Save a graph under a name.

    Changing one that is there needs If-Match with the etag it had when it was read. It need not be complete: it is
    checked when it is submitted.
    """
    try:
        graph = await asyncio.to_thread(parse, body.root)
    except GraphError as error:
        raise graph_refusal(error, below="") from None
    expected = conditional.expected(headers.if_match) if headers.if_match is not None else None
    if expected is not None and headers.if_none_match is not None:
        raise Refusal(MALFORMED, "If-Match and If-None-Match cannot both be met; send one of them")
    try:
        saved = await request.app[STATE].service.library.put_graph(path.name, graph.dump(), expected=expected)
    except PreconditionFailed as error:
        if headers.if_match is None and headers.if_none_match is None:
            raise Refusal(PRECONDITION_REQUIRED, f'{error}; send If-Match: "{error.etag}" to replace it') from None
        raise
    status = 201 if saved.created == saved.updated else 200
    return Reply(_summary(saved), status, {"ETag": f'"{saved.etag}"'})


@routes.add(
    "DELETE",
    "/v1/graphs/{name}",
    answers={204: Content(description="Deleted")},
    problems=(MALFORMED, PRECONDITION, PRECONDITION_REQUIRED),
)
async def delete_graph(request: web.Request, path: GraphPath, headers: Deleting) -> None:
    """Delete a saved graph. If-Match says which version; * takes any."""
    if headers.if_match is None:
        raise Refusal(PRECONDITION_REQUIRED, "send If-Match with the etag of the graph to delete, or with *")
    await request.app[STATE].service.library.delete_graph(path.name, expected=conditional.expected(headers.if_match))


def _summary(saved: SavedGraph) -> GraphSummary:
    return GraphSummary(
        name=saved.name,
        etag=saved.etag,
        created=saved.created,
        updated=saved.updated,
        nodes=len(saved.document.get("nodes", {})),
        inputs=list(saved.document.get("inputs", {})),
    )
