"""The same graph as a tool for somebody who does not want wires."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.web.editor import Editor

SUM = {
    "nodeflow": 1,
    "nodes": {
        "sum": {"type": "IntegerMath", "values": {"a": 40, "b": 2}},
        "blank": {"type": "EmptyImage", "values": {"width": 8, "height": 8}},
        "save": {"type": "SaveImage", "links": {"image": "blank.image"}},
    },
    "inputs": {"first_number": "sum.a", "color": "blank.color", "gone": "missing.value"},
}


async def shown(editor: Editor) -> Locator:
    await editor.page.get_by_role("button", name="App view").click()
    form = editor.page.get_by_role("form", name="what to make")
    await expect(form).to_be_visible()
    return form


async def test_a_picture_is_made_without_a_wire(editor: Editor) -> None:
    await editor.open_template("Text to image")
    form = await shown(editor)
    results = editor.page.get_by_role("region", name="Results")
    await expect(results.get_by_text("What you make appears here")).to_be_visible()
    await form.get_by_label("Prompt", exact=True).fill("a green star")
    await form.get_by_label("Steps", exact=True).fill("4")
    await form.get_by_role("button", name="Run").click()
    picture = results.get_by_role("button", name="large")
    await expect(picture.get_by_role("img")).to_have_js_property("naturalWidth", 128)
    await expect(results.get_by_role("link", name="Download")).to_have_attribute("download", "txt2img_00000.png")
    await picture.click()
    await expect(editor.page.get_by_role("dialog")).to_be_visible()
    await editor.page.keyboard.press("Escape")
    # It is one graph: what was set here stands there.
    await editor.page.get_by_role("button", name="Show the graph").click()
    await expect(editor.node("What to show").get_by_label("text", exact=True)).to_have_value("a green star")


async def test_the_form_has_the_inputs_that_are_there_and_its_steps_are_undone(editor: Editor) -> None:
    await editor.open_graph(SUM, "sum")
    form = await shown(editor)
    await expect(form.get_by_role("spinbutton")).to_have_count(1)
    number = form.get_by_label("First number", exact=True)
    await number.fill("41")
    await number.press("Enter")
    assert await editor.values("sum") == {"a": 41, "b": 2}
    await editor.page.get_by_role("button", name="Undo: Set First number").click()
    await expect(number).to_have_value("40")


async def test_what_fails_says_so_without_a_traceback(editor: Editor) -> None:
    graph = {
        "nodeflow": 1,
        "nodes": {"fail": {"type": "acme/Fail", "values": {"message": "the paint is dry"}}},
        "inputs": {"message": "fail.message"},
    }
    await editor.open_graph(graph, "failing")
    form = await shown(editor)
    await form.get_by_role("button", name="Run").click()
    results = editor.page.get_by_role("region", name="Results")
    await expect(results.get_by_role("alert")).to_contain_text("The paint is dry")
    await expect(results.get_by_role("alert")).not_to_contain_text("Traceback")
    await results.get_by_role("button", name="Details").click()
    await expect(editor.page.get_by_role("dialog")).to_contain_text("Traceback")


async def test_a_graph_without_inputs_says_how_it_gets_some(editor: Editor) -> None:
    await editor.open_graph({"nodeflow": 1, "nodes": {"blank": {"type": "EmptyImage"}}}, "plain")
    form = await shown(editor)
    await expect(form.get_by_text("This graph names no inputs yet")).to_be_visible()
    await form.get_by_role("button", name="Show the graph").click()
    await expect(editor.node("Empty Image")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800), (2560, 1440)])
async def test_it_fits_the_page(editor: Editor, width: int, height: int) -> None:
    await editor.open_template("Inpaint")
    form = await shown(editor)
    await editor.page.set_viewport_size({"width": width, "height": height})
    await expect(form.get_by_role("button", name="Run")).to_be_in_viewport()
    sideways = "() => document.documentElement.scrollWidth - innerWidth"
    assert await editor.page.evaluate(sideways) <= 0


async def test_a_phone_begins_with_it_and_shows_the_graph_from_its_first_node(editor: Editor) -> None:
    page = editor.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await editor.menu("Templates…")
    await page.get_by_role("dialog", name="Begin with").get_by_role("button", name="Text to image").click()
    form = page.get_by_role("form", name="what to make")
    await expect(form.get_by_label("Prompt", exact=True)).to_be_visible()
    await page.reload()
    await expect(form.get_by_label("Prompt", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Show the graph").click()
    first = editor.node("Load Checkpoint")
    await expect(first.get_by_role("combobox", name="prediction")).to_be_in_viewport()
    await expect(page.get_by_role("toolbar", name="View")).to_contain_text("100%")
