"""Graphs out of pictures: what SaveImage wrote into a PNG can be opened again."""

from __future__ import annotations

import asyncio

from aiohttp import web

from nodeflow import png
from nodeflow.api.graph import Imported
from nodeflow.graph import Graph, parse
from nodeflow.problems import GraphError
from nodeflow.server.problems import INVALID_GRAPH, TOO_LARGE, Refusal, graph_refusal
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE
from nodeflow.server.uploads import FILE_BODIES, Upload, received

routes = Routes("graphs")

PNG = b"\x89PNG\r\n\x1a\n"


@routes.add(
    "POST",
    "/v1/graphs/import",
    answers={200: Imported},
    uploads={**FILE_BODIES, "image/png": FILE_BODIES["application/octet-stream"]},
    problems=(INVALID_GRAPH,),
)
async def import_graph(request: web.Request) -> Imported:
    """The graph inside a PNG that nodeflow saved, or of a JSON file; told apart by what they hold."""
    state = request.app[STATE]
    limit, longest = int(state.config.max_upload), int(state.config.max_request)
    async with received(request, state.catalogue.store.folder, limit, "") as upload:
        return Imported(graph=(await asyncio.to_thread(_graph, upload, longest)).dump())


def _graph(upload: Upload, longest: int) -> Graph:
    try:
        if upload.stream.read(len(PNG)) == PNG:
            upload.stream.seek(0)
            return png.read_graph(upload.stream)
        if upload.size > longest:
            raise Refusal(TOO_LARGE, f"a graph may have {longest} bytes")
        upload.stream.seek(0)
        return parse(upload.stream.read())
    except GraphError as error:
        raise graph_refusal(error, below="") from None
