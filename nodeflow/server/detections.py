"""What model files are, as plugins tell it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.catalogue import DetectedModel
from nodeflow.api.wire import Parameters
from nodeflow.errors import UnknownName
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("models")


class FilesPath(Parameters):
    """Which kind."""

    kind: Annotated[str, Field(min_length=1, max_length=200, description="of model files, such as `checkpoints`")]


class FileQuery(Parameters):
    """Which file."""

    name: Annotated[str, Field(min_length=1, max_length=1000, description="the file's name, as /v1/models lists it")]


@routes.add("GET", "/v1/models/{kind}/detected", answers={200: DetectedModel})
async def detect_model(request: web.Request, path: FilesPath, query: FileQuery) -> DetectedModel:
    """What a file is, and which node type loads it: an editor makes that of a file that is dropped on it."""
    catalogue = request.app[STATE].catalogue
    try:
        found = await asyncio.to_thread(catalogue.detected, path.kind, query.name)
    except UnknownName as error:
        raise Refusal(NOT_FOUND, str(error)) from None
    if found is None:
        raise Refusal(NOT_FOUND, f"no plugin knows what {query.name!r} of {path.kind} is")
    return DetectedModel.model_validate(found)
