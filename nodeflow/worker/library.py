"""What is kept beside runs: saved graphs, and the files that were brought and made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodeflow.queue.cursor import check_limit
from nodeflow.queue.records import FileRecord, GalleryRecord, Page, SavedGraph
from nodeflow.queue.writer import Reader, Writer


class Library:
    """The part of a service that needs no workers; it promises what `Service` does, and raises what that raises."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def graphs(self, *, after: str | None = None, limit: int = 50) -> Page[SavedGraph]:
        """Saved graphs by name; `limit` and `after` as for `Service.runs`."""
        check_limit(limit)
        return await self._reader.do(lambda tables: tables.graphs.page(after=after, limit=limit))

    async def graph(self, name: str) -> SavedGraph:
        """A saved graph."""
        return await self._reader.do(lambda tables: tables.graphs.get(name))

    async def put_graph(self, name: str, document: Mapping[str, Any], *, expected: str | None) -> SavedGraph:
        """Save a graph. `expected` is the etag it must have now, `"*"` for any or none, None for a new one.

        Raises `PreconditionFailed`, whose `etag` is what it has.
        """
        return await self._writer.do(lambda tables: tables.graphs.put(name, document, expected=expected))

    async def delete_graph(self, name: str, *, expected: str) -> None:
        """Delete a saved graph that has the etag `expected`, or any for `"*"`. Raises `PreconditionFailed`."""
        await self._writer.do(lambda tables: tables.graphs.delete(name, expected=expected))

    async def artifacts(self, *, after: str | None = None, limit: int = 50) -> Page[GalleryRecord]:
        """What runs have made, the newest first; `limit` and `after` as for `Service.runs`."""
        check_limit(limit)
        return await self._reader.do(lambda tables: tables.files.artifacts(after=after, limit=limit))

    async def register(self, file: FileRecord) -> FileRecord:
        """Note a file that was put into the store. One that is known keeps its first name."""
        return await self._writer.do(lambda tables: tables.files.register(file))

    async def file(self, sha256: str) -> FileRecord:
        """What is known of a file, brought or made."""
        return await self._reader.do(lambda tables: tables.files.get(sha256))
