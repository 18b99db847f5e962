"""Sending a file, or the part of it that was asked for (RFC 9110, byte ranges)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from nodeflow.server.problems import NOT_FOUND, RANGE, Refusal

BLOCK = 1 << 18
ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})-([0-9]{0,18})\s*")


async def send_file(
    request: web.Request, path: Path, wanted: str | None, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Answer with a file; `wanted` is the Range header. Raises Refusal for a file that is gone or a range beyond it."""
    try:
        stream = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        raise Refusal(NOT_FOUND, f"the file {path.name} is no longer in the store") from None
    with stream:
        size = os.fstat(stream.fileno()).st_size
        part = read_range(wanted, size)
        start, end = part or (0, size)
        response = web.StreamResponse(status=206 if part else 200, headers={**headers, "Accept-Ranges": "bytes"})
        response.content_length = end - start
        if part:
            response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        await response.prepare(request)
        if request.method != "HEAD":
            await _send(response, stream, start, end)
        await response.write_eof()
        return response


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last that a Range header asks for; None for the whole.

    Of a file of `size` bytes. What is no single range of bytes is passed over, as the standard has it; raises Refusal
    for one that lies beyond the file.
    """
    found = ONE_RANGE.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise Refusal(RANGE, f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
    return start, end


async def _send(response: web.StreamResponse, stream: BinaryIO, start: int, end: int) -> None:
    await asyncio.to_thread(stream.seek, start)
    while start < end:
        block = await asyncio.to_thread(stream.read, min(BLOCK, end - start))
        if not block:
            break
        start += len(block)
        await response.write(block)
