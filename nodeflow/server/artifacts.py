"""The gallery: what runs have made, and the graphs that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from nodeflow.api.run import ArtifactInGallery, ArtifactPage
from nodeflow.queue.errors import NotFound
from nodeflow.server.pages import PageQuery
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE
from nodeflow.worker.service import Service

routes = Routes("artifacts")


class GalleryQuery(PageQuery):
    """Which part of the gallery."""

    graphs: Annotated[bool, Field(description="also the graph that made each")] = False


@routes.add("GET", "/v1/artifacts", answers={200: ArtifactPage})
async def list_artifacts(request: web.Request, query: GalleryQuery) -> ArtifactPage:
    """What runs have made, the newest first. The bytes are at /v1/files/{sha256}, small pictures at .../thumbnail."""
    service = request.app[STATE].service
    page = await service.artifacts(after=query.after, limit=query.limit)
    graphs: Mapping[str, Any] = {}
    if query.graphs:
        graphs = {run_id: await _graph(service, run_id) for run_id in {made.run_id for made in page.items}}
    items = [ArtifactInGallery.model_validate(made) for made in page.items]
    return ArtifactPage(
        items=[item.model_copy(update={"graph": graphs.get(item.run_id)}) for item in items], next=page.next
    )


async def _graph(service: Service, run_id: str) -> Mapping[str, Any] | None:
    try:
        return (await service.run(run_id)).graph
    except NotFound:
        # It was deleted a moment ago.
        return None
