"""Saved graphs and files are kept by a service whose workers need not be ready, and outlast it."""

from __future__ import annotations

from typing import Any

import pytest

from nodeflow.config import Config
from nodeflow.queue.errors import NotFound, PreconditionFailed
from nodeflow.queue.records import FileRecord
from nodeflow.worker.service import Service
from tests.nodeflow.worker.conftest import graph


async def test_graphs_and_files_outlast_the_service(config: Config, start: Any) -> None:
    service = Service(config)
    await service.start()
    saved = await service.library.put_graph("g", graph("Text"), expected=None)
    record = FileRecord(sha256="a" * 64, name="a.png", media_type="image/png", size=3)
    noted = await service.library.register(record)
    await service.stop(0)
    library = (await start()).library
    assert (await library.graph("g"), (await library.graphs()).items) == (saved, (saved,))
    assert await library.file("a" * 64) == noted
    assert (await library.artifacts()).items == (), "what was brought was not made"


async def test_what_cannot_be_is_told(start: Any) -> None:
    library = (await start()).library
    saved = await library.put_graph("g", graph("Text"), expected=None)
    with pytest.raises(PreconditionFailed) as caught:
        await library.put_graph("g", graph("Note"), expected=None)
    assert caught.value.etag == saved.etag
    await library.delete_graph("g", expected=saved.etag)
    with pytest.raises(NotFound):
        await library.graph("g")
    with pytest.raises(NotFound):
        await library.file("a" * 64)
    for page in (library.graphs, library.artifacts):
        with pytest.raises(ValueError, match="501"):
            await page(limit=501)
