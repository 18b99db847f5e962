"""Files: bring a picture, fetch what a run made."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from nodeflow.api.file import File
from nodeflow.api.wire import Parameters, Sha256
from nodeflow.folders import STORED
from nodeflow.queue.errors import NotFound
from nodeflow.queue.records import FileRecord
from nodeflow.server.conditional import IfNoneMatch, Known, names, unchanged
from nodeflow.server.pictures import PictureError, examine
from nodeflow.server.problems import INVALID_FILE, NOT_FOUND, RANGE, STORAGE, Refusal
from nodeflow.server.ranges import send_file
from nodeflow.server.route import BINARY, Content, Reply, Routes
from nodeflow.server.state import STATE, State
from nodeflow.server.uploads import FILE_BODIES, Upload, received
from nodeflow.store import Store

routes = Routes("files")

SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff", "text/plain"})
"""What a browser may show; all else it is told to download."""

IMMUTABLE = "private, max-age=31536000, immutable"

FILE = Content(media={"*/*": BINARY}, description="The file", headers=("ETag", "Accept-Ranges"))
PART = Content(media={"*/*": BINARY}, description="Part of the file", headers=("ETag", "Content-Range"))
UNCHANGED = Content(description="You have it already", headers=("ETag",))


class FilePath(Parameters):
    """Which file."""

    sha256: Sha256


class UploadQuery(Parameters):
    """What the file is called, where it is not part of a form."""

    name: Annotated[str, Field(max_length=1000)] = "file"


class Ranged(Known):
    """What the client has, and which part it wants."""

    range: Annotated[str | None, Field(alias="Range", description="bytes=0-99 and the like")] = None


class ThumbnailQuery(Parameters):
    """How large at most, in pixels."""

    size: Literal["64", "128", "256", "512", "1024"] = "256"


class ThumbnailHeaders(Parameters):
    """What the client has."""

    if_none_match: IfNoneMatch = None


@routes.add(
    "POST",
    "/v1/files",
    answers={201: Content(File, description="Stored", headers=("Location",))},
    uploads=FILE_BODIES,
    problems=(INVALID_FILE, STORAGE),
)
async def upload_file(request: web.Request, query: UploadQuery) -> Reply:
    """Store a picture or a mask: PNG, JPEG, WEBP, BMP, GIF or TIFF, as the body or as the part `file` of a form.

    It is read to its end first. The answer's `value` is what an input that takes a file is given.
    """
    state = request.app[STATE]
    store = state.catalogue.store
    async with received(request, store.folder, int(state.config.max_upload), query.name) as upload, state.decoding:
        record = await asyncio.to_thread(_stored, store, upload, state.config.max_pixels)
    found = _file(await state.service.library.register(record))
    return Reply(found, 201, {"Location": f"/v1/files/{found.sha256}"})


@routes.add("GET", "/v1/files/{sha256}", answers={200: FILE, 206: PART, 304: UNCHANGED}, problems=(RANGE,))
async def fetch_file(request: web.Request, path: FilePath, headers: Ranged) -> web.StreamResponse:
    """The bytes of a file. They never change."""
    state = request.app[STATE]
    if names(headers.if_none_match, path.sha256) and await _is_there(state, path.sha256):
        return unchanged(path.sha256, **{"Cache-Control": IMMUTABLE})
    record = await _record(state, path.sha256)
    shown = record.media_type in SHOWN
    described = {
        "Content-Type": record.media_type if shown else "application/octet-stream",
        "Content-Disposition": _disposition("inline" if shown else "attachment", record.name),
        "Cache-Control": IMMUTABLE,
        "ETag": f'"{path.sha256}"',
    }
    return await send_file(request, state.catalogue.store.path(path.sha256), headers.range, described)


@routes.add("GET", "/v1/files/{sha256}/about", answers={200: File})
async def show_file(request: web.Request, path: FilePath) -> File:
    """What is known of a file."""
    return _file(await _record(request.app[STATE], path.sha256))


@routes.add(
    "GET",
    "/v1/files/{sha256}/thumbnail",
    answers={200: Content(media={"image/webp": BINARY}, headers=("ETag",)), 304: UNCHANGED},
    problems=(INVALID_FILE,),
)
async def show_thumbnail(
    request: web.Request, path: FilePath, query: ThumbnailQuery, headers: ThumbnailHeaders
) -> web.Response:
    """A small version of a picture."""
    state = request.app[STATE]
    etag = f"{path.sha256}-{query.size}"
    if not await _is_there(state, path.sha256):
        raise Refusal(NOT_FOUND, f"no file {path.sha256!r}")
    if names(headers.if_none_match, etag):
        return unchanged(etag, **{"Cache-Control": IMMUTABLE})
    place = state.catalogue.store.path(path.sha256)
    try:
        async with state.decoding:
            body = await asyncio.to_thread(state.thumbnails.get, path.sha256, place, int(query.size))
    except PictureError as error:
        raise Refusal(INVALID_FILE, str(error)) from None
    described = {"ETag": f'"{etag}"', "Cache-Control": IMMUTABLE}
    return web.Response(body=body, content_type="image/webp", headers=described)


async def _record(state: State, sha256: str) -> FileRecord:
    """What is known of a file; of one that another program has put there, only that it is there."""
    try:
        return await state.service.library.file(sha256)
    except NotFound:
        if not await _is_there(state, sha256):
            raise
        size = await asyncio.to_thread(state.catalogue.store.size, sha256)
        return FileRecord(sha256=sha256, name=sha256, media_type="application/octet-stream", size=size)


async def _is_there(state: State, sha256: str) -> bool:
    return await asyncio.to_thread(state.catalogue.store.has, sha256)


def _stored(store: Store, upload: Upload, max_pixels: int) -> FileRecord:
    try:
        picture = examine(upload.stream, max_pixels)
    except PictureError as error:
        raise Refusal(INVALID_FILE, str(error)) from None
    upload.stream.seek(0)
    return FileRecord(
        sha256=store.put(upload.stream),
        name=upload.name,
        media_type=picture.media_type,
        size=upload.size,
        width=picture.width,
        height=picture.height,
        uploaded=time.time(),
    )


def _file(record: FileRecord) -> File:
    fields = {name: getattr(record, name) for name in File.model_fields if name != "value"}
    return File(**fields, value=STORED + record.sha256)


def _disposition(kind: str, name: str) -> str:
    """The header that names a file, whatever signs its name has; a plain name for readers that know no better."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
