"""The gallery: what runs have made, and the graphs that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from nodeflow.api.run import ArtifactInGallery, ArtifactPage
from nodeflow.queue.errors import NotFound
from nodeflow.server.pages import PageQuery, page_of
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.route import Content, Routes
from nodeflow.server.runs import RunPath
from nodeflow.server.state import STATE
from nodeflow.worker.service import Service

routes = Routes("artifacts")

FOUND = Content(description="The file is there", headers=("Location",))


class ArtifactPath(RunPath):
    """Which file of a run."""

    place: Annotated[int, Field(ge=0, le=10**6, description="0 for the first that it made")]


class GalleryQuery(PageQuery):
    """Which part of the gallery."""

    graphs: Annotated[bool, Field(description="also the graph that made each")] = False


@routes.add("GET", "/v1/artifacts", answers={200: ArtifactPage})
async def list_artifacts(request: web.Request, query: GalleryQuery) -> ArtifactPage:
    """What runs have made, the newest first. The bytes are at /v1/files/{sha256}, small pictures at .../thumbnail."""
    service = request.app[STATE].service
    page = await page_of(service.library.artifacts(after=query.after, limit=query.limit))
    graphs: Mapping[str, Any] = {}
    if query.graphs:
        graphs = {run_id: await _graph(service, run_id) for run_id in {made.run_id for made in page.items}}
    items = [ArtifactInGallery.model_validate(made) for made in page.items]
    return ArtifactPage(
        items=[item.model_copy(update={"graph": graphs.get(item.run_id)}) for item in items], next=page.next
    )


@routes.add("GET", "/v1/runs/{id}/artifacts/{place}", answers={307: FOUND}, problems=(NOT_FOUND,))
async def find_artifact(request: web.Request, path: ArtifactPath) -> web.Response:
    """Where a file that a run made is, by its place among them."""
    made = (await request.app[STATE].service.run(path.id)).artifacts
    if path.place >= len(made):
        raise Refusal(NOT_FOUND, f"the run has made {len(made)} files; there is no {path.place}, counted from 0")
    return web.Response(status=307, headers={"Location": f"/v1/files/{made[path.place].sha256}"})


async def _graph(service: Service, run_id: str) -> Mapping[str, Any] | None:
    try:
        return (await service.run(run_id)).graph
    except NotFound:
        # It was deleted a moment ago.
        return None
