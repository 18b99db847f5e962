"""Changing what is on the canvas: many at once, copies, groups, notes, modes, values and links, order."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.async_api import Locator, expect

from tests.web.canvas import Canvas, middle
from tests.web.editor import Editor

CHAIN: dict[str, Any] = {
    "nodeflow": 1,
    "nodes": {
        "blank": {"type": "EmptyImage", "values": {"width": 8, "height": 8}},
        "invert": {"type": "InvertImage", "links": {"image": "blank.image"}},
        "flip": {"type": "FlipImage", "links": {"image": "invert.image"}},
        "save": {"type": "SaveImage", "values": {"prefix": "chain"}, "links": {"image": "flip.image"}},
    },
    "layout": {"blank": [0, 0], "invert": [320, 0], "flip": [640, 0], "save": [960, 0]},
}
TITLES = ("Empty Image", "Invert Image", "Flip Image", "Save Image")


async def opened(editor: Editor) -> Canvas:
    await editor.open_graph(CHAIN, "chain")
    await expect(editor.nodes).to_have_count(4)
    # It has come to rest where it stays: the view is fitted to what was opened.
    await editor.nodes.first.get_by_role("heading").hover()
    return Canvas(editor)


async def select(editor: Editor, *titles: str) -> None:
    for index, title in enumerate(titles):
        modifiers: list[Any] = [] if index == 0 else ["Control"]
        await editor.node(title).get_by_role("heading").click(modifiers=modifiers)


async def choose(editor: Editor, at: Locator, *labels: str) -> None:
    """Choose from the menu that a right click opens."""
    await at.click(button="right")
    for label in labels:
        await editor.page.get_by_role("menuitem", name=label).click()


async def test_what_a_box_selects_is_moved_as_one(editor: Editor) -> None:
    canvas = await opened(editor)
    await editor.page.keyboard.press("Escape")
    first, second = editor.node("Empty Image"), editor.node("Invert Image")
    left, top = await canvas.at(first)
    right, _ = await canvas.at(second)
    await editor.page.keyboard.down("Control")
    await canvas.drag((left - 20, top - 20), (right + 10, top + 60))
    await editor.page.keyboard.up("Control")
    await expect(canvas.selected).to_have_count(2)
    x, y = await middle(first.get_by_role("heading"))
    await canvas.drag((x, y), (x + 40, y + 90))
    moved = [await canvas.at(node) for node in (first, second, editor.node("Flip Image"))]
    assert moved[0][1] == moved[1][1] > moved[2][1] == top
    # Both are back after one step.
    await canvas.undo()
    assert (await canvas.at(first), (await canvas.at(second))[1]) == ((left, top), top)


async def test_copies_come_with_or_without_their_incoming_links(editor: Editor) -> None:
    canvas = await opened(editor)
    await select(editor, "Invert Image", "Flip Image")
    await editor.page.keyboard.press("Control+c")
    await editor.page.keyboard.press("Control+v")
    await expect(editor.nodes).to_have_count(6)
    await expect(canvas.links).to_have_count(4)
    await expect(canvas.selected).to_have_count(2)
    await editor.page.keyboard.press("Control+Shift+v")
    await expect(editor.nodes).to_have_count(8)
    await expect(canvas.links).to_have_count(6)
    await editor.page.keyboard.press("Control+d")
    await expect(canvas.links).to_have_count(8)
    await canvas.undo(3)
    await expect(editor.nodes).to_have_count(4)
    # Between graphs, too.
    await select(editor, "Invert Image", "Flip Image")
    await editor.page.keyboard.press("Control+x")
    await expect(editor.nodes).to_have_count(2)
    await editor.page.get_by_role("button", name="New graph").click()
    await expect(editor.nodes).to_have_count(0)
    await editor.page.keyboard.press("Control+v")
    await expect(editor.nodes).to_have_count(2)
    await expect(canvas.links).to_have_count(1)


async def test_what_is_deleted_leaves_a_gap_or_its_ends_joined(editor: Editor) -> None:
    canvas = await opened(editor)
    await select(editor, "Invert Image")
    await editor.page.keyboard.press("Delete")
    await expect(canvas.links).to_have_count(1)
    await canvas.undo()
    await select(editor, "Invert Image", "Flip Image")
    await editor.page.keyboard.press("Shift+Delete")
    await expect(editor.nodes).to_have_count(2)
    await expect(canvas.links).to_have_count(1)
    await editor.run()
    await expect(editor.node("Save Image").get_by_role("button", name="Show chain_00000.png")).to_be_visible()


async def test_muted_and_bypassed_nodes_do_not_run(editor: Editor) -> None:
    canvas = await opened(editor)
    await select(editor, "Invert Image")
    await editor.page.keyboard.press("Control+b")
    await expect(editor.node("Invert Image").get_by_role("img", name="Bypassed")).to_be_visible()
    await editor.run()
    await editor.done()
    ended = editor.node("Flip Image").get_by_role("img", name=re.compile("Done|From cache"))
    await expect(ended).to_be_visible()
    await editor.page.keyboard.press("Control+m")
    await expect(editor.node("Invert Image").get_by_role("img", name="Muted")).to_be_visible()
    await editor.page.keyboard.press("Control+m")
    await expect(editor.node("Invert Image").get_by_role("img", name="Muted")).to_have_count(0)
    await canvas.undo(3)
    await expect(editor.node("Invert Image").get_by_role("img", name="Bypassed")).to_have_count(0)


async def test_a_group_takes_along_what_lies_in_it(editor: Editor) -> None:
    canvas = await opened(editor)
    await select(editor, "Empty Image", "Invert Image")
    await editor.page.keyboard.press("Control+g")
    title = editor.page.get_by_role("textbox", name="Title of the group")
    await expect(title).to_be_focused()
    await title.fill("Sources")
    await title.press("Enter")
    await editor.page.get_by_role("radio", name="blue").click()
    frame = editor.page.get_by_role("group", name="Group Sources")
    await expect(frame.locator(".paint--blue")).to_be_visible()
    before = [(await canvas.at(editor.node(each)))[1] for each in ("Invert Image", "Flip Image")]
    x, y = await middle(frame.get_by_role("heading"))
    await canvas.drag((x, y), (x, y + 120))
    after = [(await canvas.at(editor.node(each)))[1] for each in ("Invert Image", "Flip Image")]
    assert (after[0] > before[0] + 50, after[1]) == (True, before[1])
    await editor.page.keyboard.press("Delete")
    await expect(frame).to_have_count(0)
    await expect(editor.nodes).to_have_count(4)


COVERED = """() => {
    const all = (kind) => [...document.querySelectorAll(`.react-flow__node-${kind}`)];
    const boxes = (kind) => all(kind).map((each) => each.getBoundingClientRect());
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    return boxes("note").some((note) => boxes("node").some((node) => !apart(note, node)));
}"""


async def test_a_note_is_written_beside_the_nodes_and_kept_with_the_graph(editor: Editor) -> None:
    await opened(editor)
    await editor.page.keyboard.press("Shift+N")
    note = editor.page.get_by_role("textbox", name="Text of the note")
    await expect(note).to_be_focused()
    assert not await editor.page.evaluate(COVERED)
    await editor.page.keyboard.type("Mind the step.")
    await editor.page.keyboard.press("Escape")
    await expect(editor.page.get_by_text("Mind the step.")).to_be_visible()
    await editor.page.reload()
    await expect(editor.page.get_by_text("Mind the step.")).to_be_visible()


async def test_a_node_is_folded_renamed_aligned_and_laid_out(editor: Editor) -> None:
    canvas = await opened(editor)
    await select(editor, "Invert Image")
    await editor.page.keyboard.press("Alt+c")
    await expect(editor.node("Invert Image").get_by_role("button", name="Open Invert Image")).to_be_visible()
    await expect(canvas.links).to_have_count(3)
    await editor.page.keyboard.press("F2")
    await editor.page.keyboard.type("Turn around")
    await editor.page.keyboard.press("Enter")
    await expect(editor.node("Turn around")).to_be_visible()
    await select(editor, "Empty Image", "Turn around", "Flip Image")
    await editor.page.keyboard.press("Alt+Shift+ArrowLeft")
    lefts = {(await canvas.at(editor.node(each)))[0] for each in ("Empty Image", "Turn around", "Flip Image")}
    assert len(lefts) == 1
    await editor.page.keyboard.press("Escape")
    await editor.page.keyboard.press("Shift+A")
    await expect(editor.page.get_by_role("button", name="Undo: Arrange")).to_be_visible()
    order = [(await canvas.at(editor.node(each)))[0] for each in ("Empty Image", "Turn around", "Flip Image")]
    assert order == sorted(order) and len(set(order)) == 3


async def test_a_value_is_turned_into_a_link_and_back(editor: Editor) -> None:
    canvas = await opened(editor)
    blank = editor.node("Empty Image")
    await choose(editor, blank.get_by_text("width", exact=True), "Turn width into a link")
    number = editor.node("Integer")
    value = number.get_by_role("spinbutton", name="value")
    await expect(value).to_have_value("8")
    await expect(canvas.links).to_have_count(4)
    await value.fill("16")
    await value.press("Enter")
    await choose(editor, blank.get_by_text("width", exact=True), "Turn width into a value")
    await expect(number).to_have_count(0)
    await expect(blank.get_by_role("spinbutton", name="width")).to_have_value("16")


async def test_an_input_is_offered_to_the_app_view_by_its_menu(editor: Editor) -> None:
    await opened(editor)
    width = editor.node("Empty Image").get_by_role("spinbutton", name="width")
    await width.focus()
    # The keyboard reaches the menu of a value as well.
    await editor.page.keyboard.press("Shift+F10")
    await editor.page.get_by_role("menuitem", name="Offer width in the app view").click()
    await editor.page.keyboard.press("Escape")
    await editor.page.keyboard.press("Alt+m")
    await expect(editor.page.get_by_role("main").get_by_label("width")).to_be_visible()


async def test_a_node_of_an_unknown_type_is_shown_and_kept(editor: Editor) -> None:
    lost = {"type": "gone/Blur", "values": {"radius": 3}, "links": {"image": "invert.image"}, "title": "Lost"}
    nodes = CHAIN["nodes"] | {"lost": lost} | {"flip": {"type": "FlipImage", "links": {"image": "lost.picture"}}}
    await editor.open_graph({**CHAIN, "nodes": nodes}, "lost")
    node = editor.node("Lost")
    await expect(node).to_contain_text("The node type gone/Blur is not installed.")
    await expect(node).to_contain_text("picture")
    await expect(Canvas(editor).links).to_have_count(4)
    async with editor.page.expect_download() as download:
        await editor.menu("Export")
    kept = (await (await download.value).path()).read_text("utf-8")
    assert re.sub(r"\s", "", '"values": {"radius": 3}') in re.sub(r"\s", "", kept)
    assert '"gone/Blur"' in kept and '"lost.picture"' in kept


async def test_the_view_shows_all_of_it_its_map_and_its_types(editor: Editor) -> None:
    await opened(editor)
    page = editor.page
    await page.keyboard.press("k")
    legend = page.get_by_role("region", name="Legend of types")
    await expect(legend).to_contain_text("Image")
    await expect(legend).not_to_contain_text("Denoiser")
    await page.keyboard.press("m")
    await expect(page.get_by_role("img", name="Map of the graph")).to_have_count(0)
    await page.keyboard.press("Control+a")
    await expect(Canvas(editor).selected).to_have_count(4)
    for _ in range(4):
        await page.keyboard.press("+")
    await page.keyboard.press(".")
    for title in TITLES:
        await expect(editor.node(title)).to_be_in_viewport(ratio=0.99)
    # From afar, values give way to what can be made out; the links stay where they are.
    values = editor.nodes.get_by_role("spinbutton")
    await expect(values).to_have_count(3)
    for _ in range(6):
        await page.keyboard.press("-")
    await expect(values).to_have_count(0)
    await expect(Canvas(editor).links).to_have_count(3)
    await page.keyboard.press(".")
    await expect(values).to_have_count(3)


async def test_links_of_a_large_graph_are_seen_from_afar_and_can_be_touched_near(editor: Editor) -> None:
    nodes = {
        f"n{at}": {"type": "InvertImage", "links": {"image": f"n{at - 1}.image"} if at else {}} for at in range(130)
    }
    layout = {f"n{at}": [at % 13 * 320, at // 13 * 240] for at in range(130)}
    await editor.open_graph({"nodeflow": 1, "nodes": nodes, "layout": layout}, "large")
    page, far = editor.page, editor.page.locator(".far-wires path")
    # All look the same, and are one path.
    await expect(far).to_have_count(1)
    await expect(far).to_have_attribute("d", re.compile(r"^(M[^M]+){129}$"))
    await expect(Canvas(editor).links).to_have_count(0)
    # Those of what is selected are seen, and follow it.
    await editor.nodes.first.click()
    lit = page.locator(".far-wires__bundle--lit")
    await expect(lit).to_have_attribute("d", re.compile(r"^M\d+,\d+ C[^M]*$"))
    before = await lit.get_attribute("d") or ""
    await page.keyboard.press("ArrowDown")
    await expect(lit).not_to_have_attribute("d", before)
    await page.keyboard.press(".")
    await expect(far).to_have_count(0)
    await expect(Canvas(editor).links.first).to_be_attached()


async def test_a_file_has_only_what_runs_and_brings_the_rest_back(editor: Editor) -> None:
    await opened(editor)
    await select(editor, "Invert Image")
    await editor.page.keyboard.press("Control+b")
    async with editor.page.expect_download() as download:
        await editor.menu("Export")
    exported = json.loads((await (await download.value).path()).read_text("utf-8"))
    assert sorted(exported["nodes"]) == ["blank", "flip", "save"]
    assert exported["nodes"]["flip"]["links"] == {"image": "blank.image"}
    await editor.open_graph(exported, "again")
    await expect(editor.node("Invert Image").get_by_role("img", name="Bypassed")).to_be_visible()
    await expect(Canvas(editor).links).to_have_count(3)
