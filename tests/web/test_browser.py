"""What the browser tests themselves promise: none is left out unseen, and nothing is loaded from elsewhere."""

from __future__ import annotations

import pytest
from playwright.async_api import Error, Page

from tests.nodeflow.server.conftest import Server
from tests.web.conftest import missing


async def test_a_missing_browser_is_a_failure_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is none"):
        missing("there is none")
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="there is none"):
        missing("there is none")


async def test_no_other_host_can_be_reached(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("http://example.org/")


async def test_the_page_asks_its_own_server_alone(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{server.url}/?template=txt2img")
    await page.get_by_role("heading", name="KSampler").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith((server.url, "data:", f"blob:{server.url}"))] == []
