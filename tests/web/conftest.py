"""The built editor in a real Chromium, against the real server with the embedded checkpoint.

Tests are `async def` and share one event loop, one browser and one server; each has a browser context of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from nodeflow.server.editor import PLACE
from tests.nodeflow.server.conftest import Server, environment, serving
from tests.web.editor import PATIENCE, Editor

WEB = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing is looked up but this machine: what the editor would load from elsewhere fails, and so does the test.
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
# What Chromium itself says when a server is away; tests that take it away expect it.
AWAY = ("net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_RESET", "net::ERR_EMPTY_RESPONSE", "net::ERR_INCOMPLETE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if WEB in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def missing(why: str) -> None:
    """At home a test less; where REQUIRE_BROWSER is set, as in CI, a failure."""
    (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(why)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium, or of what CHROMIUM names."""
    if not (PLACE / "index.html").is_file():
        missing("the editor is not built: python web_build.py build")
    found = next((path for name in (os.environ.get("CHROMIUM"), *NAMES) if name and (path := shutil.which(name))), "")
    if not found:
        missing("there is no Chromium: apt-get install chromium, or set CHROMIUM to its path")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield made
        await made.close()


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share, with the plugin `acme`: they leave nothing running, waiting or paused."""
    with serving(tmp_path_factory.mktemp("server"), "--grace", "0") as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    """What a test's pages share; its parameter, where there is one, says how it differs from a desk's."""
    options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | getattr(request, "param", {})
    made = await browser.new_context(**options)
    made.set_default_timeout(PATIENCE)
    yield made
    await made.close()


class Complaints:
    """What a page complained of: errors that nobody caught, and errors on its console."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.allowed: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))
        page.on("console", self._hear)

    def allow(self, *parts: str) -> None:
        """From now on messages that hold one of these are no fault: Chromium itself tells of every refused request."""
        self.allowed += parts

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(each in message.text for each in self.allowed):
            self.found.append(f"console: {message.text}")


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, complaints: Complaints) -> AsyncIterator[Page]:
    """A page that is not at the editor yet. Whatever it complains of fails the test."""
    made = await context.new_page()
    complaints.watch(made)
    yield made
    assert not complaints.found


@pytest_asyncio.fixture(loop_scope="session")
async def editor(page: Page, server: Server) -> AsyncIterator[Editor]:
    """The editor with an empty graph."""
    made = Editor(page, server.url)
    await made.begin()
    yield made
    await made.stop()


@pytest.fixture
def environ(chromium: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a server of one test's own, to be ended and started again."""
    return environment(tmp_path)
