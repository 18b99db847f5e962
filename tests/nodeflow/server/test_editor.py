"""The editor's files: those that were built, under their own names, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from nodeflow.server import editor
from nodeflow.server.problems import Refusal


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a build of the editor leaves it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>editor</title>")
    (folder / "assets" / "main-1a2b.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(editor, "PLACES", (tmp_path / "none", folder))
    return folder


async def test_the_built_editor_is_served(built: Path) -> None:
    @web.middleware
    async def refusing(request: web.Request, handler: object) -> web.StreamResponse:
        try:
            return await (editor.show_editor if request.path == "/" else editor.show_asset)(request)
        except Refusal as refusal:
            return web.Response(status=refusal.kind.status)

    runner = web.AppRunner(web.Application(middlewares=[refusing]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ClientSession() as session:
        async with session.get(f"{url}/") as response:
            assert (await response.text()).endswith("<title>editor</title>")
            assert "script" not in response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-cache"
        async with session.get(f"{url}/assets/main-1a2b.js") as response:
            assert response.content_type == "text/javascript"
            assert "immutable" in response.headers["Cache-Control"]
        for path in ("/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets"):
            async with session.get(url + path) as response:
                assert response.status == 404, path
        # What is built anew is there at once.
        (built / "later.txt").write_text("later")
        async with session.get(f"{url}/later.txt") as response:
            assert await response.text() == "later"
    await runner.cleanup()
