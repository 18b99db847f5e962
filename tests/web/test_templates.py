"""The graphs to begin with: in groups, in order, each opening with all its nodes laid out."""

from __future__ import annotations

import json
import re

from playwright.async_api import Locator, expect

from tests.web.editor import GRAPHS, Editor

LESSONS = re.findall(r"\((\S+)\.md\)", (GRAPHS.parent / "docs" / "learn" / "README.md").read_text())
FILES = {path.stem: path for path in sorted(GRAPHS.rglob("*.json"))}
OVERLAPS = """nodes => nodes.flatMap((node, index) => nodes.slice(0, index).flatMap((other) => {
    const [a, b] = [node.getBoundingClientRect(), other.getBoundingClientRect()];
    const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    return apart ? [] : [`${node.textContent} / ${other.textContent}`];
}))"""


async def dialog(editor: Editor) -> Locator:
    await editor.menu("Templates…")
    return editor.page.get_by_role("dialog", name="Begin with")


async def test_lessons_are_a_group_of_their_own_in_the_order_of_their_pages(editor: Editor) -> None:
    begin = await dialog(editor)
    lessons = begin.get_by_role("region", name="Learn").get_by_role("listitem")
    titles = [json.loads(FILES[name].read_text())["meta"]["title"] for name in LESSONS]
    await expect(lessons).to_have_text([re.compile(f"^{re.escape(title)}") for title in titles])
    others = len(FILES) - len(LESSONS)
    await expect(begin.get_by_role("listitem")).to_have_count(others + len(LESSONS))
    await expect(begin.get_by_role("listitem").first).to_contain_text("Text to image")


async def test_every_template_opens_with_no_node_over_another(editor: Editor) -> None:
    for name, path in FILES.items():
        graph = json.loads(path.read_text())
        await (await dialog(editor)).get_by_role("button", name=graph["meta"]["title"]).click()
        await expect(editor.tab(graph["meta"]["title"])).to_have_attribute("aria-selected", "true")
        for node_id in graph["nodes"]:
            # It is hidden until it was measured.
            await expect(editor.page.locator(f'.react-flow__node[data-id="{node_id}"]')).to_be_visible()
        await expect(editor.nodes).to_have_count(len(graph["nodes"]))
        assert await editor.nodes.evaluate_all(OVERLAPS) == [], name
