"""Pages of other sites that the settings allow: what a browser must be told before it lets them."""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

METHODS = "GET, HEAD, POST, PUT, DELETE"
TAKEN = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range"
SHOWN = "Location, ETag, Content-Range, Idempotency-Replayed, X-Request-Id"
DAY = "86400"


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks what a page may ask. Our own pages have no need to, and others are refused before."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(_request: web.Request) -> web.Response:
    """What a page may ask."""
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": TAKEN,
        "Access-Control-Max-Age": DAY,
    }
    return web.Response(status=204, headers=headers)


def dress(request: web.Request, response: web.StreamResponse, origins: Collection[str]) -> None:
    """Let pages of the allowed sites read an answer."""
    origin = request.headers.get("Origin")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = str(origin)
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = SHOWN
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.add("Vary", "Origin")
