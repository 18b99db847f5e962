"""A server that goes away and comes back, that has other nodes of a sudden, or asks for a token."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.nodeflow.server.conftest import serving
from tests.web.conftest import AWAY, Complaints
from tests.web.editor import Editor

GRAPH = {"nodeflow": 1, "nodes": {"double": {"type": "acme/Double", "values": {"number": 4}}}}
PAINTED = {
    "nodeflow": 1,
    "nodes": {
        "blank": {"type": "EmptyImage", "values": {"width": 64, "height": 64}},
        "save": {"type": "SaveImage", "links": {"image": "blank.image"}},
    },
}
OTHER = '''
@node(category="test")
def halve(number: int) -> int:
    """Half a number."""
    return number // 2


@hookimpl
def nodeflow_nodes():
'''


def away(page: Page) -> Locator:
    """What says that the server cannot be reached."""
    return page.get_by_role("alert").filter(has_text="The server is away")


async def test_a_restart_of_the_server_is_survived(
    page: Page, complaints: Complaints, environ: dict[str, str], tmp_path: Path
) -> None:
    banner = away(page)
    with serving(tmp_path, "--grace", "0", environ=environ) as first:
        editor = Editor(page, first.url)
        await editor.begin()
        await editor.open_graph(PAINTED, "painted")
        await editor.run()
        await editor.done()
        await editor.open_graph(GRAPH, "graph")
        complaints.allow(*AWAY)
    await expect(banner).to_be_visible()
    # A picture that cannot be had meanwhile is no broken one.
    await page.keyboard.press("w")
    picture = page.get_by_role("complementary", name="Gallery").locator("img")
    await expect(picture).to_have_attribute("src", re.compile("^data:image/svg"))
    # Work goes on meanwhile.
    number = editor.node("Double").get_by_label("number", exact=True)
    await number.fill("5")
    await number.press("Enter")
    with serving(tmp_path, "--port", str(first.port), "--grace", "0", environ=environ):
        await expect(banner).to_have_count(0)
        await expect(picture).to_have_js_property("naturalWidth", 64)
        await expect(number).to_have_value("5")
        await editor.run()
        await editor.done()
        await expect(editor.node("Double").get_by_text("10")).to_be_visible()
        await page.goto("about:blank")


async def test_who_does_not_want_to_wait_for_the_next_try_tries_at_once(
    page: Page, complaints: Complaints, environ: dict[str, str], tmp_path: Path
) -> None:
    complaints.allow(*AWAY)
    await page.clock.install()
    with serving(tmp_path, "--grace", "0", environ=environ) as first:
        await Editor(page, first.url).begin()
    await expect(away(page)).to_be_visible()
    # From here on the page does not try by itself: its timers stand still.
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
    with serving(tmp_path, "--port", str(first.port), "--grace", "0", environ=environ):
        await page.get_by_role("button", name="Try now").click()
        await expect(away(page)).to_have_count(0)
        await page.goto("about:blank")


async def test_a_plugin_that_is_edited_has_its_new_node_at_once(
    page: Page, environ: dict[str, str], tmp_path: Path
) -> None:
    plugin = tmp_path / "site" / "nodeflow_acme.py"
    with serving(tmp_path, "--dev", "--grace", "0", environ=environ) as server:
        editor = Editor(page, server.url)
        await editor.begin()
        changed = plugin.read_text().replace("@hookimpl\ndef nodeflow_nodes():\n", OTHER.lstrip("\n"))
        plugin.write_text(changed.replace("return [wait,", "return [halve, wait,"))
        await expect(page.get_by_text("The node types have changed")).to_be_visible()
        await page.keyboard.press("/")
        await page.keyboard.type("halve")
        await page.keyboard.press("Enter")
        number = editor.node("Halve").get_by_label("number", exact=True)
        await number.fill("8")
        await number.press("Enter")
        await editor.run()
        await editor.done()
        await expect(editor.node("Halve").get_by_text("4", exact=True)).to_be_visible()
        await page.goto("about:blank")


async def test_a_token_is_asked_for_and_remembered(
    page: Page, complaints: Complaints, environ: dict[str, str], tmp_path: Path
) -> None:
    complaints.allow("status of 401")
    token = tmp_path / "token"
    token.write_text("a-token-that-is-long-enough-to-be-one")
    token.chmod(0o600)
    with serving(tmp_path, "--token-file", str(token), "--grace", "0", environ=environ) as server:
        await page.goto(server.url)
        await page.get_by_role("button", name="An empty graph").click()
        form = page.get_by_role("form", name="Sign in")
        await form.get_by_label("This server asks for its token").fill("another")
        await form.get_by_role("button", name="Enter").click()
        await expect(form.get_by_role("alert")).to_have_text("This is not the server's token.")
        await form.get_by_label("This server asks for its token").fill(token.read_text())
        await form.get_by_role("button", name="Enter").click()
        await expect(form).to_have_count(0)
        editor = Editor(page, server.url)
        await editor.open_graph(GRAPH, "graph")
        await expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
        await page.reload()
        await expect(editor.node("Double")).to_be_visible()
        await expect(form).to_have_count(0)
        await page.goto("about:blank")
