"""The editor's files: those that were built, under their own names, and nothing else."""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from nodeflow.server import editor
from nodeflow.server.problems import Refusal

SCRIPT = "export {};\n" * 1000


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a build of the editor leaves it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>editor</title>")
    (folder / ".stamp").write_text("1a2b")
    (folder / "assets" / "main-1a2b.js").write_text(SCRIPT)
    (folder / "assets" / "font-3c4d.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(editor, "PLACE", folder)
    return folder


@pytest.fixture
async def session(built: Path) -> AsyncIterator[ClientSession]:
    @web.middleware
    async def refusing(request: web.Request, handler: object) -> web.StreamResponse:
        try:
            return await (editor.show_editor if request.path == "/" else editor.show_asset)(request)
        except Refusal as refusal:
            return web.Response(status=refusal.kind.status)

    runner = web.AppRunner(web.Application(middlewares=[refusing]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}", auto_decompress=False) as client:
        yield client
    await runner.cleanup()


async def test_the_built_editor_is_served(session: ClientSession) -> None:
    async with session.get("/", headers={"Accept-Encoding": "identity"}) as response:
        assert (await response.text()).endswith("<title>editor</title>")
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"


async def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_that_stands_in_it(
    session: ClientSession,
) -> None:
    async with session.get("/") as response:
        policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy
    assert not [value for value in policy.values() if "unsafe" in value or "http" in value or "*" in value]


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip, zstd", "deflate, gzip;q=1.0, *;q=0.5", "*"])
async def test_text_is_compressed_for_those_who_take_it(session: ClientSession, accepted: str) -> None:
    async with session.get("/assets/main-1a2b.js", headers={"Accept-Encoding": accepted}) as response:
        body = await response.read()
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(body).decode() == SCRIPT
    assert len(body) < len(SCRIPT) / 10


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.000, br", "sgzip"])
async def test_text_is_sent_as_it_is_to_the_others(session: ClientSession, accepted: str) -> None:
    async with session.get("/assets/main-1a2b.js", headers={"Accept-Encoding": accepted}) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.text() == SCRIPT


async def test_hashed_files_are_kept_for_good(session: ClientSession) -> None:
    for path in ("/assets/main-1a2b.js", "/assets/font-3c4d.woff2"):
        async with session.get(path) as response:
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_script_is_one_whatever_the_system_calls_it(
    session: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda _name: ("text/plain", None))
    async with session.get("/assets/main-1a2b.js") as response:
        assert response.content_type == "text/javascript"


@pytest.mark.parametrize(
    "path",
    ["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets", "/.stamp"],
)
async def test_nothing_else_is_served(session: ClientSession, path: str) -> None:
    async with session.get(path) as response:
        assert response.status == 404


async def test_what_is_built_anew_is_there_at_once(session: ClientSession, built: Path) -> None:
    async with session.get("/later.txt") as response:
        assert response.status == 404
    (built / "later.txt").write_text("later")
    async with session.get("/later.txt", headers={"Accept-Encoding": "identity"}) as response:
        assert await response.text() == "later"
