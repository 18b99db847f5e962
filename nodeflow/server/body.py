"""Reading a request's body: bounded in bytes and in time, and JSON as strictly as a graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from nodeflow import json_document
from nodeflow.api.problem import Flaw, Part
from nodeflow.problems import Problems
from nodeflow.server.problems import INVALID, MALFORMED, MEDIA, TIMEOUT, TOO_LARGE, Refusal

PATIENCE = 30.0
"""Seconds that a client may take to send its JSON, or a further piece of its file."""

AT_ONCE = 1 << 16
"""Bytes of JSON that are read in the event loop; more are read in a thread."""

JSON = "application/json"
SHOWN = 200
"""Characters of what is said about a body that cannot be read."""


async def read_json(request: web.Request, limit: int) -> Any:
    """The JSON document that a request brings; raises Refusal."""
    if request.content_type != JSON:
        hint = f"send JSON with the header Content-Type: {JSON} (curl: --json '...' or --json @file)"
        raise Refusal(MEDIA, f"this takes {JSON}, not {request.content_type!r}; {hint}")
    try:
        async with asyncio.timeout(PATIENCE):
            text = b"".join([piece async for piece in pieces(request, limit)])
    except TimeoutError:
        raise Refusal(TIMEOUT, f"the body did not arrive within {PATIENCE:g} s") from None
    return await asyncio.to_thread(_parsed, text) if len(text) > AT_ONCE else _parsed(text)


async def pieces(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it arrives; raises Refusal when it is longer than `limit`, stalls or breaks off."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    size = 0
    while piece := await _piece(request):
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        yield piece


def too_large(limit: int) -> Refusal:
    return Refusal(TOO_LARGE, f"the body is larger than {limit} bytes")


async def _piece(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE):
            return await request.content.readany()
    except TimeoutError:
        raise Refusal(TIMEOUT, f"nothing more of the body arrived for {PATIENCE:g} s") from None
    except (web.RequestPayloadError, ConnectionError) as error:
        told = " ".join(str(error).split()).removeprefix("400, message: ")
        raise Refusal(MALFORMED, f"the body cannot be read: {told}"[:SHOWN]) from None


def _parsed(text: bytes) -> Any:
    problems = Problems()
    document = json_document.read(text, problems)
    if len(problems):
        first = next(iter(problems))
        flaws = flaws_of(problems)
        kind = MALFORMED if first.code in ("not_json", "duplicate_key") else INVALID
        raise Refusal(kind, first.message, flaws)
    return document


def flaws_of(problems: Problems, part: Part = "body") -> list[Flaw]:
    """Problems as a client is told of them."""
    return [Flaw(part=part, **problem.dump()) for problem in problems]
