"""Model files by kind, and pictures among them to look at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from nodeflow.api.catalogue import ModelFile, ModelKind, ModelKinds
from nodeflow.api.wire import Parameters
from nodeflow.catalogue import Catalogue
from nodeflow.errors import UnknownName
from nodeflow.folders import SUFFIXES, Folders
from nodeflow.server.conditional import IfNoneMatch, names, unchanged
from nodeflow.server.pictures import PictureError
from nodeflow.server.problems import INVALID_FILE, NOT_FOUND, Refusal
from nodeflow.server.route import BINARY, Content, Routes
from nodeflow.server.state import STATE

routes = Routes("models")

WHOLE = 16_383
"""The side of the largest WebP, in pixels."""


class KindPath(Parameters):
    """Which kind."""

    kind: Annotated[str, Field(min_length=1, max_length=200)]


class PictureQuery(Parameters):
    """Which picture, and how large at most, in pixels; `whole` as it is."""

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    size: Literal["64", "128", "256", "512", "1024", "whole"] = "256"


class PictureHeaders(Parameters):
    """What the client has."""

    if_none_match: IfNoneMatch = None


@routes.add("GET", "/v1/models", answers={200: ModelKinds})
async def list_models(request: web.Request) -> ModelKinds:
    """The model files of every kind, as they are now. Where they lie is told by `nodeflow models`, not here."""
    return await asyncio.to_thread(_kinds, request.app[STATE].catalogue)


@routes.add(
    "GET",
    "/v1/models/{kind}/picture",
    answers={200: Content(media={"image/webp": BINARY}, headers=("ETag",)), 304: Content(headers=("ETag",))},
    problems=(INVALID_FILE,),
)
async def show_picture(
    request: web.Request, path: KindPath, query: PictureQuery, headers: PictureHeaders
) -> web.Response:
    """A picture among the files of a kind, such as `images`, as a browser can show it."""
    state = request.app[STATE]
    place, digest = await asyncio.to_thread(_picture, state.catalogue.folders, path.kind, query.name)
    etag = f"{digest}-{query.size}"
    if names(headers.if_none_match, etag):
        return unchanged(etag, **{"Cache-Control": "no-cache"})
    size = WHOLE if query.size == "whole" else int(query.size)
    try:
        async with state.decoding:
            body = await asyncio.to_thread(state.thumbnails.get, digest, place, size)
    except PictureError as error:
        raise Refusal(INVALID_FILE, str(error)) from None
    # The name may mean another file tomorrow.
    described = {"ETag": f'"{etag}"', "Cache-Control": "no-cache"}
    return web.Response(body=body, content_type="image/webp", headers=described)


def _picture(folders: Folders, kind: str, name: str) -> tuple[Path, str]:
    """Where a picture lies, and its digest: no model of gigabytes is read to find that it is no picture."""
    try:
        place = folders.path(kind, name)
        if not name.lower().endswith(SUFFIXES["images"]):
            raise Refusal(INVALID_FILE, f"{name!r} is no picture; its name should end in one of {SUFFIXES['images']}")
        return place, folders.digest(kind, name)
    except UnknownName as error:
        raise Refusal(NOT_FOUND, str(error)) from None


def _kinds(catalogue: Catalogue) -> ModelKinds:
    return ModelKinds(kinds=[_kind(catalogue, kind) for kind in sorted(catalogue.kinds)])


def _kind(catalogue: Catalogue, kind: str) -> ModelKind:
    folders = catalogue.folders
    files = {name: folders.path(kind, name) for name in folders.names(kind)}
    listed = [ModelFile(name=name, size=_size(path)) for name, path in files.items()]
    return ModelKind(kind=kind, files=listed, folders=len(folders.roots(kind)))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        # It was there a moment ago.
        return None
