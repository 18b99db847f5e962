"""The editor as a person sees it: by roles and labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

PATIENCE = 120_000.0
"""Milliseconds, on a machine that has much else to do. Nothing waits so long when all is well."""

GRAPHS = Path(__file__).parents[2] / "graphs"


@dataclass(frozen=True)
class Editor:
    """A page of the editor."""

    page: Page
    url: str

    async def begin(self) -> None:
        """Open the editor as somebody new does, with an empty graph; it knows what there is to make graphs of."""
        await self.page.goto(self.url)
        await self.page.get_by_role("dialog", name="Begin with").get_by_role("button", name="An empty graph").click()
        await expect(self.page.get_by_role("application", name="Graph")).to_be_visible()
        await expect(self.page.locator(".hint").get_by_role("button", name="Add a node")).to_be_enabled()

    async def open_template(self, title: str) -> None:
        await self.menu("Templates…")
        await self.page.get_by_role("dialog", name="Begin with").get_by_role("button", name=title).click()
        await expect(self.nodes.first).to_be_visible()

    async def open_graph(self, graph: Mapping[str, Any], name: str = "graph") -> None:
        """Open a graph as a file."""
        body = {"name": f"{name}.json", "mimeType": "application/json", "buffer": json.dumps(graph).encode()}
        await self.page.get_by_label("Import a file").set_input_files(body)
        await expect(self.tab(name)).to_have_attribute("aria-selected", "true")

    async def document(self) -> Any:
        """The graph in front, as it is exported."""
        async with self.page.expect_download() as download:
            await self.menu("Export as JSON")
        return json.loads((await (await download.value).path()).read_text())

    async def values(self, node: str) -> Any:
        """The values that a node holds, by its id."""
        return (await self.document())["nodes"][node].get("values", {})

    async def menu(self, label: str) -> None:
        """Choose from the main menu."""
        await self.page.get_by_role("button", name="Menu", exact=True).click()
        await self.page.get_by_role("menuitem", name=label).click()

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Run", exact=True).click()

    async def done(self) -> None:
        """Wait until the run that is shown has succeeded; the first one loads torch and the checkpoint."""
        await expect(self.status).to_contain_text("Done", timeout=PATIENCE)

    async def stop(self) -> None:
        """Leave nothing running or waiting on the server."""
        cancelled = await self.page.request.post(f"{self.url}/v1/queue/cancel", data={})
        assert cancelled.ok

    @property
    def status(self) -> Locator:
        """How the run that is shown goes."""
        return self.page.get_by_role("banner").get_by_role("status")

    @property
    def nodes(self) -> Locator:
        return self.page.locator(".react-flow__node-node")

    def node(self, title: str) -> Locator:
        """The node with a title."""
        return self.nodes.filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("tab", name=name)
