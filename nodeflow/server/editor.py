"""The editor's files, where it was built; else a page that says where to go."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from aiohttp import web

import nodeflow
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.ranges import send_file
from nodeflow.server.route import Content, Routes

routes = Routes("editor")

PLACE = Path(nodeflow.__file__).parent / "static"
"""Where the built editor lies, in an installed nodeflow and in a checkout."""

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Not asked of the system, which may call a script by a name that browsers refuse. All of these are text."""

GZIP = re.compile(r"(?:^|[,\s])(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))", re.IGNORECASE)

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
    return await _send(request, index, headers)


async def show_asset(request: web.Request) -> web.StreamResponse:
    """A file of the editor: one that is there under that very name."""
    found = (await asyncio.to_thread(_files)).get(request.path.removeprefix("/"))
    if found is None:
        raise Refusal(NOT_FOUND, f"nothing is at {request.path!r}")
    hashed = request.path.startswith("/assets/")
    caching = "public, max-age=31536000, immutable" if hashed else "no-cache"
    return await _send(request, found, {"Cache-Control": caching})


async def _send(request: web.Request, path: Path, headers: Mapping[str, str]) -> web.StreamResponse:
    """A file; text is compressed for a browser that takes it so."""
    kind = KINDS.get(path.suffix)
    described = {**headers, "Content-Type": kind or "application/octet-stream"}
    if kind is None:
        return await send_file(request, path, None, described)
    described["Vary"] = "Accept-Encoding"
    if GZIP.search(request.headers.get("Accept-Encoding", "")) is None:
        return await send_file(request, path, None, described)
    body = await asyncio.to_thread(_compressed, path)
    return web.Response(body=body, headers={**described, "Content-Encoding": "gzip"})


def _compressed(path: Path) -> bytes:
    return _gzip(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _gzip(path: Path, _written: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


def _files() -> Mapping[str, Path]:
    """The editor's files by the path they are asked for by. A client's path is looked up here and never opened."""
    return dict(_listed(PLACE)) if (PLACE / "index.html").is_file() else {}


def _listed(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path
