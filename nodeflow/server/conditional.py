"""Entity tags: what a client has already, and what it means to change."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.wire import Parameters
from nodeflow.server.problems import MALFORMED, Refusal

TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')

IfNoneMatch = Annotated[str | None, Field(alias="If-None-Match", description="etags in double quotes, or *")]


class Known(Parameters):
    """The header of a client that has it perhaps."""

    if_none_match: IfNoneMatch = None


def etag_of(content: bytes) -> str:
    """A strong etag for what never changes without changing its bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def names(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match or If-Match header names the etag."""
    return header is not None and (header.strip() == "*" or etag in TAG.findall(header))


def expected(header: str) -> str:
    """The one etag of an If-Match header, or `*`; raises Refusal for anything else."""
    if header.strip() == "*":
        return "*"
    found = TAG.fullmatch(header.strip())
    if found is None or header.strip().startswith("W/"):
        raise Refusal(MALFORMED, f"If-Match takes one etag in double quotes, or *, not {header!r}")
    return found[1]


def unchanged(etag: str, **headers: str) -> web.Response:
    """The answer to a client that has it already."""
    return web.Response(status=304, headers={"ETag": f'"{etag}"', **headers})
