"""Documents that stay as they are while the server runs: written once, sent with an etag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from nodeflow.registry import Registry
from nodeflow.server.conditional import etag_of, names, unchanged

REVALIDATE = "no-cache"
"""A browser may keep it, and asks whether it still holds."""


class Document:
    """A JSON document as bytes, and its etag."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        self.etag = etag_of(self.body)

    def answer(self, if_none_match: str | None) -> web.Response:
        """The document, or 304 for a client that has it."""
        if names(if_none_match, self.etag):
            return unchanged(self.etag, **{"Cache-Control": REVALIDATE})
        headers = {"ETag": f'"{self.etag}"', "Cache-Control": REVALIDATE}
        return web.Response(body=self.body, content_type="application/json", headers=headers)


class Served:
    """The node types and wire types of a registry, and the OpenAPI document."""

    def __init__(self, registry: Registry, openapi: Mapping[str, Any]) -> None:
        described = {name: spec.json_schema() for name, spec in sorted(registry.nodes.items())}
        self.nodes = Document({"nodes": list(described.values())})
        self.node = {name: Document(each) for name, each in described.items()}
        self.types = Document({"types": [_wire(registry, name) for name in registry.types]})
        self.openapi = Document(openapi)


def _wire(registry: Registry, name: str) -> dict[str, str]:
    wire = registry.type(name)
    return {
        "name": wire.name,
        "color": wire.color,
        "description": wire.description,
        "owner": registry.type_owner(name),
    }
