"""Plugins in the editor: one that breaks says where and how to mend it, and works again once it is mended."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from tests.nodeflow.server.conftest import serving
from tests.web.editor import Editor
from tests.web.test_accessibility import check

PLUGIN = '''"""Sums."""

from nodeflow import node


@node(category="test")
def plus_one(number: int) -> int:
    """One more."""
    return number + 1
'''
GRAPH = {"nodeflow": 1, "nodes": {"more": {"type": "sums/PlusOne", "values": {"number": 4}}}}


async def answer(editor: Editor, number: int, text: str) -> None:
    """Run with a number, and see what the node gives."""
    field = editor.node("Plus One").get_by_label("number", exact=True)
    await field.fill(str(number))
    await field.press("Enter")
    await editor.run()
    await expect(editor.node("Plus One").get_by_text(text, exact=True)).to_be_visible()


async def test_a_plugin_that_breaks_says_where_and_how_to_mend_it(
    page: Page, environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "data" / "plugins" / "sums.py"
    file.parent.mkdir(parents=True)
    file.write_text(PLUGIN)
    with serving(tmp_path, "--dev", "--grace", "0", environ=environ) as server:
        editor = Editor(page, server.url)
        await editor.begin()
        await editor.open_graph(GRAPH)
        await answer(editor, 4, "5")

        file.write_text(PLUGIN.replace("-> int:", "-> int"))
        message = page.get_by_role("region", name="Messages").get_by_text("The plugin sums stays as it was")
        await expect(message).to_be_visible()
        await expect(page.get_by_role("button", name="Plugins: 1 broken")).to_be_visible()
        await page.get_by_role("button", name="Show", exact=True).click()
        panel = page.get_by_role("complementary", name="Plugins")
        broken = panel.get_by_role("region", name="Broken").get_by_role("listitem")
        await expect(broken).to_contain_text("works as it was before")
        await expect(broken.get_by_text(f"{file}:7", exact=True)).to_be_visible()
        await expect(broken.get_by_role("definition").last).to_have_text(f"mend the syntax in {file}:7")
        trace = broken.locator("pre").filter(has_text="SyntaxError")
        await expect(trace).to_be_hidden()
        await broken.get_by_text("How it came about").click()
        await expect(trace).to_be_visible()
        # What it brought goes on.
        await answer(editor, 7, "8")

        file.write_text(PLUGIN.replace("number + 1", "number + 100"))
        await expect(page.get_by_text("The plugin sums works again")).to_be_visible()
        await expect(panel.get_by_role("region", name="Broken")).to_have_count(0)
        await expect(panel.get_by_role("region", name="Working").get_by_text("sums", exact=True)).to_be_visible()
        await answer(editor, 7, "107")
        await page.goto("about:blank")


async def test_a_node_whose_plugin_failed_leads_to_it(page: Page, environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "data" / "plugins" / "sums.py"
    file.parent.mkdir(parents=True)
    file.write_text(PLUGIN.replace("from nodeflow import node", "from nodeflow import nod"))
    with serving(tmp_path, "--dev", "--grace", "0", environ=environ) as server:
        editor = Editor(page, server.url)
        await editor.begin()
        await editor.open_graph(GRAPH)
        node = editor.nodes.filter(has_text="the plugin sums is broken")
        await node.get_by_role("button", name="Show the plugin").click()
        panel = page.get_by_role("complementary", name="Plugins")
        broken = panel.get_by_role("region", name="Broken").get_by_role("listitem")
        await expect(broken.get_by_text(f"{file}:3", exact=True)).to_be_visible()
        await check(editor)

        file.write_text(PLUGIN)
        await expect(editor.node("Plus One")).to_be_visible()
        await panel.get_by_role("button", name="Close the plugins").click()
        await page.keyboard.press("p")
        await expect(panel.get_by_role("region", name="Working").get_by_text("sums", exact=True)).to_be_visible()
        await page.goto("about:blank")
