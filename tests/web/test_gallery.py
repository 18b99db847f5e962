"""The gallery: what was made, as large as the page, beside another one, and the graph that made it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.nodeflow.server.conftest import Server
from tests.web.editor import PATIENCE, Editor


def painted(seed: int) -> dict[str, Any]:
    """A graph that makes a small picture, without a model."""
    return {
        "nodeflow": 1,
        "nodes": {
            "color": {"type": "EmptyImage", "values": {"width": 64, "height": 64, "color": f"#{seed}0a0ff"}},
            "save": {"type": "SaveImage", "values": {"prefix": f"paint{seed}"}, "links": {"image": "color.image"}},
        },
        "inputs": {"called": "save.prefix"},
    }


async def paint(editor: Editor, seed: int) -> Locator:
    """Have a picture made; the button in its node that shows it."""
    await editor.open_graph(painted(seed), f"paint {seed}")
    await editor.run()
    await editor.done()
    button = editor.node("Save Image").get_by_role("button", name=f"Show paint{seed}_00000.png")
    await expect(button).to_be_visible()
    return button


async def test_pictures_are_looked_at_compared_and_traced_to_their_graphs(editor: Editor) -> None:
    await paint(editor, 1)
    await paint(editor, 2)
    await editor.page.keyboard.press("w")
    gallery = editor.page.get_by_role("complementary", name="Gallery")
    pictures = gallery.get_by_role("button", name="Show paint")
    await expect(pictures.first).to_have_accessible_name(re.compile("paint2_00000.png"))
    await pictures.first.click()
    view = editor.page.get_by_role("dialog", name="paint2_00000.png")
    large = view.get_by_role("img", name="paint2_00000.png")
    await expect(large).to_be_visible()
    await expect(view.get_by_role("definition")).to_have_text("paint2")
    await view.get_by_role("button", name="Compare").click()
    slider = view.get_by_role("slider", name="How much of each is seen")
    await slider.focus()
    await slider.press("End")
    await expect(slider).to_have_value("100")
    await expect(view.get_by_role("img", name="Right: paint1_00000.png")).to_be_visible()
    await view.get_by_role("button", name="Compare").click()
    async with editor.page.expect_download() as coming:
        await view.get_by_role("link", name="Download").click()
    download = await coming.value
    content = Path(await download.path()).read_bytes()
    assert download.suggested_filename == "paint2_00000.png"
    assert content.startswith(b"\x89PNG")
    assert hashlib.sha256(content).hexdigest() in (await large.get_attribute("src") or "")
    await view.get_by_role("button", name="The next one").click()
    later = editor.page.get_by_role("dialog", name="paint1_00000.png")
    await expect(later.get_by_role("definition")).to_have_text("paint1")
    await later.get_by_role("button", name="Open its graph").click()
    await expect(editor.tab("paint1_00000")).to_have_attribute("aria-selected", "true")
    await expect(editor.node("Save Image").get_by_label("prefix", exact=True)).to_have_value("paint1")


async def test_a_phone_has_room_for_all_that_a_picture_was_made_with(editor: Editor) -> None:
    prefix = "-".join(["as_long_as_a_prompt"] * 3)
    graph = painted(3)
    graph["nodes"]["save"]["values"]["prefix"] = prefix
    graph["inputs"] |= {name: f"color.{name}" for name in ("width", "height", "color")}
    await editor.open_graph(graph, "long")
    await editor.run()
    await editor.node("Save Image").get_by_role("button", name=f"Show {prefix}_00000.png").click()
    told = editor.page.get_by_role("dialog", name=prefix).get_by_role("definition")
    await expect(told).to_have_text([prefix, "64", "64", "#30a0ff"])
    is_cut = "each => each.offsetWidth < each.scrollWidth"
    assert await told.first.evaluate(is_cut)
    await editor.page.set_viewport_size({"width": 390, "height": 844})
    await editor.page.wait_for_function("() => innerWidth === 390")
    for at in range(4):
        await expect(told.nth(at)).to_be_in_viewport(ratio=1)
        assert not await told.nth(at).evaluate(is_cut)


async def test_thumbnails_tell_what_differs_of_old_pictures_and_of_new_ones(page: Page, server: Server) -> None:
    graph = painted(4)
    graph["nodes"]["seed"] = {"type": "Seed", "values": {"value": 31}}
    graph["nodes"]["color"] |= {"values": {"width": 8, "batch": 2}, "links": {"height": "seed.seed"}}
    editor = Editor(page, server.url)
    gallery = page.get_by_role("complementary", name="Gallery")
    for names in (["old", "older"], ["new", "newer"]):
        # Somebody else starts them: two before the page is there, two while the gallery is open.
        body = {"graph": graph, "batch": {"product": {"called": names}}}
        answer = await page.request.post(f"{server.url}/v1/runs", data=body)
        for run in (await answer.json())["runs"]:
            place = f"{server.url}/v1/runs/{run['id']}?wait={PATIENCE / 1000:.0f}"
            ended = await page.request.get(place, timeout=2 * PATIENCE)
            assert (await ended.json())["state"] == "succeeded"
        if names[0] == "old":
            await editor.begin()
            await page.get_by_role("group", name="Panels").get_by_role("button", name="Gallery").click()
        for name in names:
            for at in (1, 2):
                told = f"called {name}, seed 31, {at} of 2"
                shown = gallery.get_by_role("button", name=f"Show {name}_0000{at - 1}.png, {told}")
                await expect(shown).to_be_visible()
                await expect(gallery.get_by_text(told)).to_be_visible()
    await gallery.get_by_role("button", name="Show old_00000.png").click()
    strip = page.get_by_role("list", name="All of them")
    await expect(strip.get_by_role("button", name="old_00000.png, called old, seed 31")).to_be_visible()
