"""The editor's files, where it was built; else a page that says where to go."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path

from aiohttp import web

import nodeflow
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.ranges import send_file
from nodeflow.server.route import Content, Routes

routes = Routes("editor")

HOME = Path(nodeflow.__file__).parent
PLACES = (HOME / "web", HOME.parent / "web" / "dist")
"""Where the built editor lies: in an installed nodeflow, and in a checkout."""

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>nodeflow</title>
<h1>nodeflow</h1>
<p>The server is running. The editor is not part of this installation; the API is described at
<a href="/openapi.json">/openapi.json</a>.</p>
</html>
"""


@routes.add("GET", "/", answers={200: Content(media={"text/html": {"type": "string"}})}, public=True)
async def show_editor(request: web.Request) -> web.StreamResponse:
    """The editor."""
    index = (await asyncio.to_thread(_files)).get("index.html")
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    if index is None:
        return web.Response(text=PAGE, content_type="text/html", headers=headers)
    return await send_file(request, index, None, {**headers, "Content-Type": "text/html; charset=utf-8"})


async def show_asset(request: web.Request) -> web.StreamResponse:
    """A file of the editor: one that is there under that very name."""
    found = (await asyncio.to_thread(_files)).get(request.path.removeprefix("/"))
    if found is None:
        raise Refusal(NOT_FOUND, f"nothing is at {request.path!r}")
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    hashed = request.path.startswith("/assets/")
    caching = "public, max-age=31536000, immutable" if hashed else "no-cache"
    return await send_file(request, found, None, {"Content-Type": kind, "Cache-Control": caching})


def _files() -> Mapping[str, Path]:
    """The editor's files by the path they are asked for by. A client's path is looked up here and never opened."""
    return dict(_listed(next((place for place in PLACES if (place / "index.html").is_file()), None)))


def _listed(folder: Path | None) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*") if folder is not None else ():
        if path.is_file():
            yield path.relative_to(folder or path).as_posix(), path
