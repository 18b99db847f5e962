"""Node types and wire types."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.catalogue import NodeType, NodeTypes, WireTypes
from nodeflow.api.wire import Parameters
from nodeflow.errors import UnknownName
from nodeflow.server.conditional import Known
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.route import Content, Routes
from nodeflow.server.state import STATE

routes = Routes("nodes")

UNCHANGED = Content(description="You have it already", headers=("ETag",))


class NodePath(Parameters):
    """Which node type."""

    type: Annotated[str, Field(min_length=1, max_length=200, description="the registered name")]


@routes.add("GET", "/v1/nodes", answers={200: Content(NodeTypes, headers=("ETag",)), 304: UNCHANGED})
async def list_nodes(request: web.Request, headers: Known) -> web.Response:
    """Every node type, with its inputs, outputs and a JSON Schema of its values.

    Names to choose from are not in it; /v1/choices lists them.
    """
    return request.app[STATE].served.nodes.answer(headers.if_none_match)


@routes.add("GET", "/v1/nodes/{type:.+}", answers={200: Content(NodeType, headers=("ETag",)), 304: UNCHANGED})
async def show_node(request: web.Request, path: NodePath, headers: Known) -> web.Response:
    """One node type."""
    state = request.app[STATE]
    try:
        return state.served.node[state.catalogue.registry.node(path.type).name].answer(headers.if_none_match)
    except UnknownName as error:
        raise Refusal(NOT_FOUND, str(error)) from None


@routes.add("GET", "/v1/types", answers={200: Content(WireTypes, headers=("ETag",)), 304: UNCHANGED})
async def list_types(request: web.Request, headers: Known) -> web.Response:
    """Every wire type: what a link carries, and its colour."""
    return request.app[STATE].served.types.answer(headers.if_none_match)
