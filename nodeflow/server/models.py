"""Model files by kind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from nodeflow.api.catalogue import ModelFile, ModelKind, ModelKinds
from nodeflow.catalogue import Catalogue
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("models")


@routes.add("GET", "/v1/models", answers={200: ModelKinds})
async def list_models(request: web.Request) -> ModelKinds:
    """The model files of every kind, as they are now. Where they lie is told by `nodeflow models`, not here."""
    return await asyncio.to_thread(_kinds, request.app[STATE].catalogue)


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
