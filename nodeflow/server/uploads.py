"""Taking in a file that a client sends, as the body itself or as a part of a form, bounded on the way."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from nodeflow.server.body import PATIENCE, pieces, too_large
from nodeflow.server.problems import INVALID_FILE, MALFORMED, TIMEOUT, Refusal
from nodeflow.server.route import BINARY, Schema

FORM = "multipart/form-data"
FIELD = "file"
BLOCK = 1 << 20
LONGEST_NAME = 200

BROKEN = (ValueError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError, ConnectionError)
"""What aiohttp raises for forms that are none."""

FILE_BODIES: dict[str, Schema] = {
    "application/octet-stream": BINARY,
    FORM: {"type": "object", "properties": {FIELD: BINARY}, "required": [FIELD], "additionalProperties": False},
}


@dataclass(frozen=True)
class Upload:
    """A file that has arrived whole: an open temporary file, its size in bytes, and what the client called it."""

    stream: BinaryIO
    size: int
    name: str


@asynccontextmanager
async def received(request: web.Request, folder: Path, limit: int, name: str) -> AsyncIterator[Upload]:
    """The file of a request, in a temporary file of `folder` that is gone afterwards. Raises Refusal."""
    with await asyncio.to_thread(_temporary, folder) as stream:
        arriving = pieces(request, limit)
        if request.content_type == FORM:
            part = await _part(request)
            name = part.filename or name
            arriving = _part_pieces(part, limit)
        size = await _write(arriving, stream)
        if size == 0:
            raise Refusal(INVALID_FILE, "the file is empty")
        stream.seek(0)
        yield Upload(stream, size, plain_name(name))


def plain_name(name: str) -> str:
    """The last part of a name, for people to read; it never becomes a path."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    shown = "".join(letter for letter in last if letter.isprintable())[:LONGEST_NAME].strip()
    return shown if shown not in ("", ".", "..") else "file"


async def _write(arriving: AsyncIterator[bytes], stream: BinaryIO) -> int:
    """Write what arrives, in large blocks, each in a thread."""
    size, block = 0, bytearray()
    async for piece in arriving:
        size += len(piece)
        block += piece
        if len(block) >= BLOCK:
            await asyncio.to_thread(stream.write, bytes(block))
            block.clear()
    await asyncio.to_thread(stream.write, bytes(block))
    return size


async def _part(request: web.Request) -> BodyPartReader:
    """The part of a form that holds the file; there may be no other before it."""
    try:
        async with asyncio.timeout(PATIENCE):
            part = await (await request.multipart()).next()
    except TimeoutError:
        raise Refusal(TIMEOUT, f"the form did not begin within {PATIENCE:g} s") from None
    except BROKEN as error:
        raise _other_form(f"the form cannot be read ({type(error).__name__})") from None
    if not isinstance(part, BodyPartReader) or part.name != FIELD:
        raise _other_form("the form does not begin with the file")
    return part


def _other_form(wrong: str) -> Refusal:
    return Refusal(MALFORMED, f"{wrong}; it must have one part, named {FIELD!r}, as curl -F {FIELD}=@picture.png sends")


async def _part_pieces(part: BodyPartReader, limit: int) -> AsyncIterator[bytes]:
    size = 0
    while piece := await _part_piece(part):
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        yield piece


async def _part_piece(part: BodyPartReader) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE):
            return bytes(await part.read_chunk(1 << 16))
    except TimeoutError:
        raise Refusal(TIMEOUT, f"nothing more of the file arrived for {PATIENCE:g} s") from None
    except BROKEN as error:
        raise Refusal(MALFORMED, f"the file broke off: {type(error).__name__}") from None


def _temporary(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))
