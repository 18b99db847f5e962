"""Each widget, as a person uses it, and what it makes of the graph."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image as Pillow
from playwright.async_api import Locator, expect

from tests.web.editor import Editor

SEED = 18_446_744_073_709_551_615
"""The largest: a number of JavaScript would round it."""

BRING = """([kind, data]) => {
  const file = new File([Uint8Array.from(atob(data), sign => sign.charCodeAt(0))], "red.png", {type: "image/png"});
  const brought = new DataTransfer();
  brought.items.add(file);
  const place = document.querySelector(".picture");
  const about = {bubbles: true, cancelable: true};
  const event = (Kind, type, more) => place.dispatchEvent(new Kind(type, {...about, ...more}));
  if (kind === "paste") event(ClipboardEvent, "paste", {clipboardData: brought});
  else for (const type of ["dragover", "drop"]) event(DragEvent, type, {dataTransfer: brought});
}"""


def picture(color: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    Pillow.new("RGB", size, color).save(written, "PNG")
    return written.getvalue()


async def opened(editor: Editor, type_name: str, values: Mapping[str, Any] | None = None) -> Locator:
    """A graph of one node, called `it`."""
    await editor.open_graph(
        {"nodeflow": 1, "nodes": {"it": {"type": type_name, "values": values or {}}}}, type_name[-8:]
    )
    # It has come to rest where it stays: the view is fitted to what was opened.
    await editor.nodes.get_by_role("heading").hover()
    return editor.nodes


def field(node: Locator, label: str) -> Locator:
    return node.get_by_label(label, exact=True)


async def test_a_number_is_typed_worked_out_and_stepped(editor: Editor) -> None:
    node = await opened(editor, "KSampler")
    steps, cfg = field(node, "steps"), field(node, "cfg")
    await steps.fill("2*8")
    await steps.press("Enter")
    await steps.press("ArrowUp")
    await steps.press("Shift+ArrowUp")
    await expect(steps).to_have_value("27")
    await cfg.fill("3,5")
    await cfg.press("Tab")
    await cfg.press("ArrowDown")
    await expect(cfg).to_have_value("3.4")
    await steps.fill("many")
    await steps.press("Enter")
    await expect(steps).to_have_value("27")
    assert await editor.values("it") == {"steps": 27, "cfg": 3.4}


async def test_a_number_beyond_its_range_is_kept_and_told(editor: Editor) -> None:
    node = await opened(editor, "EmptyImage")
    width = field(node, "width")
    await width.fill("0")
    await width.press("Enter")
    await expect(width).to_have_attribute("aria-invalid", "true")
    assert (await editor.values("it"))["width"] == 0
    await width.press("ArrowUp")
    await expect(width).not_to_have_attribute("aria-invalid", "true")


async def test_dragging_a_number_is_one_step_to_undo(editor: Editor) -> None:
    node = await opened(editor, "KSampler", {"steps": 20})
    steps = field(node, "steps")
    box = await steps.bounding_box()
    assert box is not None
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    await editor.page.mouse.move(x, y)
    await editor.page.mouse.down()
    await editor.page.mouse.move(x + 20, y, steps=4)
    await editor.page.mouse.move(x + 40, y, steps=4)
    await editor.page.mouse.up()
    await expect(steps).to_have_value("30")
    await editor.page.get_by_role("button", name=re.compile("^Undo: ")).click()
    await expect(steps).to_have_value("20")


async def test_a_slider_and_its_field_are_one_value(editor: Editor) -> None:
    node = await opened(editor, "KSampler", {"denoise": 0.5})
    slider = node.get_by_role("slider", name="denoise, slider")
    await slider.focus()
    await slider.press("ArrowRight")
    await expect(field(node, "denoise")).to_have_value("0.51")
    await field(node, "denoise").fill("0.25")
    await field(node, "denoise").press("Enter")
    await expect(slider).to_have_value("0.25")


async def test_switches_and_choices_of_the_schema(editor: Editor) -> None:
    node = await opened(editor, "KSamplerAdvanced")
    noise = node.get_by_role("switch", name="add_noise")
    await expect(noise).to_be_checked()
    await noise.press("Space")
    await expect(noise).not_to_be_checked()
    node = await opened(editor, "AddNoise")
    await node.get_by_role("combobox", name="scale").select_option("sampler")
    assert (await editor.values("it"))["scale"] == "sampler"


async def test_a_long_list_is_searched_by_the_keyboard(editor: Editor) -> None:
    node = await opened(editor, "KSampler")
    chosen = node.get_by_role("button", name="sampler: euler")
    await chosen.focus()
    await editor.page.keyboard.press("d")
    search = editor.page.get_by_role("combobox", name="Search sampler")
    await expect(search).to_be_focused()
    await search.fill("2m_sde")
    options = editor.page.get_by_role("option")
    await expect(options).to_have_text(["dpmpp_2m_sde"])
    await search.press("Enter")
    chosen = node.get_by_role("button", name="sampler: dpmpp_2m_sde")
    await expect(chosen).to_be_focused()
    await chosen.press("ArrowDown")
    await expect(editor.page.get_by_role("option", selected=True)).to_have_text("dpmpp_2m_sde")
    await search.press("Escape")
    await expect(search).to_have_count(0)
    assert (await editor.values("it"))["sampler"] == "dpmpp_2m_sde"


async def test_the_keys_of_a_prompt_weigh_what_is_selected(editor: Editor) -> None:
    node = await opened(editor, "TextEncode", {"text": "a red circle"})
    text = field(node, "text")
    await text.focus()
    await text.evaluate("element => element.setSelectionRange(3, 3)")
    for _ in range(3):
        await text.press("Control+ArrowUp")
    await expect(text).to_have_value("a (red:1.15) circle")
    await text.press("Control+ArrowDown")
    await expect(text).to_have_value("a (red:1.1) circle")
    assert await text.evaluate("element => element.value.slice(element.selectionStart, element.selectionEnd)") == "red"
    # A text that is no prompt has no weights.
    node = await opened(editor, "JoinText", {"first": "red"})
    await field(node, "first").press("Control+ArrowUp")
    await expect(field(node, "first")).to_have_value("red")


async def test_a_picture_is_brought_by_click(editor: Editor) -> None:
    node = await opened(editor, "LoadImage")
    async with editor.page.expect_file_chooser() as chooser:
        await node.get_by_role("button", name="image: upload a picture").click()
    await (await chooser.value).set_files({"name": "red.png", "mimeType": "image/png", "buffer": picture()})
    await shows_the_picture(editor, node)


@pytest.mark.parametrize("kind", ["drop", "paste"])
async def test_a_picture_is_dropped_and_pasted(editor: Editor, kind: str) -> None:
    node = await opened(editor, "LoadImage")
    await editor.page.evaluate(BRING, [kind, base64.b64encode(picture()).decode()])
    await shows_the_picture(editor, node)
    # It is for this input: the page itself opens no graph of it.
    await expect(editor.nodes).to_have_count(1)


async def shows_the_picture(editor: Editor, node: Locator) -> None:
    await expect(node.get_by_role("button", name=re.compile("^image: sha256:"))).to_have_text("Uploaded picture")
    shown = node.get_by_role("button", name="image: upload a picture").locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 40)
    assert re.fullmatch("sha256:[0-9a-f]{64}", (await editor.values("it"))["image"])


async def test_what_is_no_picture_is_refused_where_it_was_brought(editor: Editor, complaints: Any) -> None:
    complaints.allowed = ("status of 422",)
    node = await opened(editor, "LoadImage")
    async with editor.page.expect_file_chooser() as chooser:
        await node.get_by_role("button", name="Upload a picture", exact=True).click()
    await (await chooser.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
    await expect(node.get_by_role("alert")).to_contain_text("no picture of a known format")
    assert await editor.values("it") == {}


async def test_a_picture_of_a_folder_is_chosen_and_seen(editor: Editor) -> None:
    node = await opened(editor, "LoadImage")
    await node.get_by_role("button", name="image: none chosen").click()
    await editor.page.get_by_role("option", name="scene.png", exact=True).click()
    shown = node.get_by_role("button", name="image: upload a picture").locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 128)


async def test_a_picture_that_is_not_there_is_asked_for(editor: Editor, complaints: Any) -> None:
    complaints.allowed = ("status of 404",)
    node = await opened(editor, "LoadImage", {"image": "gone.png"})
    await expect(node.get_by_text("Click, drop or paste a picture")).to_be_visible()
    await expect(node.get_by_role("button", name="image: upload a picture").locator("img")).to_have_count(0)


async def test_a_seed_is_fixed_or_open_or_counts_on(editor: Editor) -> None:
    node = await opened(editor, "Seed", {"value": SEED})
    seed = field(node, "value")
    await expect(seed).to_have_value(str(SEED))
    await seed.press("ArrowDown")
    await expect(seed).to_have_value(str(SEED - 1))
    assert (await editor.values("it"))["value"] == SEED - 1
    await choose_mode(editor, node, "fixed", "Random")
    await expect(seed).to_have_value("")
    assert (await editor.values("it"))["value"] is None
    await choose_mode(editor, node, "random", "Increment")
    await expect(seed).not_to_have_value("")
    await seed.fill("41")
    await seed.press("Enter")
    await editor.run()
    await editor.done()
    await expect(seed).to_have_value("42")


async def test_the_last_seed_can_be_had_again(editor: Editor) -> None:
    node = await opened(editor, "Seed", {"value": None})
    await editor.run()
    await editor.done()
    drawn = (await editor.page.request.get(f"{editor.url}/v1/runs?limit=1")).json
    run = (await drawn())["items"][0]["id"]
    graph = (await (await editor.page.request.get(f"{editor.url}/v1/runs/{run}")).json())["graph"]
    await choose_mode(editor, node, "random", "Use the last one")
    assert await editor.values("it") == graph["nodes"]["it"]["values"]


async def choose_mode(editor: Editor, node: Locator, before: str, after: str) -> None:
    await node.get_by_role("button", name=f"Seed: {before}").click()
    await editor.page.get_by_role("menu").get_by_text(re.compile(f"^{after}")).click()


async def test_a_colour_is_written_or_picked(editor: Editor) -> None:
    node = await opened(editor, "EmptyImage")
    await field(node, "color").fill("F80")
    await field(node, "color").press("Enter")
    await expect(node.get_by_label("color, picker")).to_have_value("#ff8800")
    await node.get_by_label("color, picker").fill("#0011ff")
    assert (await editor.values("it"))["color"] == "#0011ff"


async def test_json_is_taken_once_it_is_json(editor: Editor) -> None:
    node = await opened(editor, "Json")
    text = field(node, "value")
    await text.fill('{"a": [1, 18446744073709551615]')
    await expect(node.get_by_text("This is no JSON yet")).to_be_visible()
    await text.press("End")
    await text.press_sequentially("}")
    await text.blur()
    assert await editor.values("it") == {"value": {"a": [1, SEED]}}


async def test_a_value_is_left_open_and_given_again(editor: Editor) -> None:
    node = await opened(editor, "AddNoise", {"timestep": 250})
    switch = node.get_by_role("switch", name="timestep: set a value")
    await switch.click()
    await expect(node.get_by_text("not set")).to_be_visible()
    assert (await editor.values("it"))["timestep"] is None
    await switch.click()
    await expect(field(node, "timestep")).to_have_value("250")


async def test_a_list_of_a_plugin_grows_and_shrinks(editor: Editor) -> None:
    node = await opened(editor, "acme/Total", {"numbers": [3]})
    await node.get_by_role("button", name="Add").click()
    await field(node, "numbers, 2").fill("5")
    await field(node, "numbers, 2").press("Enter")
    await node.get_by_role("button", name="Move 2 up").click()
    assert await editor.values("it") == {"numbers": [5, 3]}
    await node.get_by_role("button", name="Remove 1").click()
    await editor.run()
    await editor.done()
    assert await editor.values("it") == {"numbers": [3]}
