"""Documents: kept in the browser, saved on the server, brought as files."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from pathlib import Path

from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from tests.nodeflow.server.conftest import Server
from tests.web.conftest import Complaints
from tests.web.editor import GRAPHS, PATIENCE, Editor

DROP = """([name, type, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    return data;
}"""
SUM = {"nodeflow": 1, "nodes": {"sum": {"type": "IntegerMath", "values": {"a": 40, "b": 2}}}}


async def drop(page: Page, name: str, kind: str, content: bytes) -> None:
    """Drop a file on the canvas."""
    data = await page.evaluate_handle(DROP, [name, kind, base64.b64encode(content).decode()])
    for event in ("dragover", "drop"):
        await page.dispatch_event(".react-flow__pane", event, {"dataTransfer": data})


async def save_as(editor: Editor, name: str) -> None:
    await editor.page.keyboard.press("Control+Shift+S")
    dialog = editor.page.get_by_role("dialog", name="Save as")
    await dialog.get_by_label("Name on the server").fill(name)
    await dialog.get_by_role("button", name="Save", exact=True).click()


async def test_a_picture_that_is_dropped_opens_its_graph(editor: Editor) -> None:
    picture = Path("docs/pictures/txt2img_00000.png")
    await drop(editor.page, picture.name, "image/png", (GRAPHS.parent / picture).read_bytes())
    await expect(editor.tab("txt2img_00000")).to_have_attribute("aria-selected", "true")
    await expect(editor.node("KSampler").get_by_label("steps", exact=True)).to_have_value("20")


async def test_a_picture_without_a_graph_is_added_as_a_picture(editor: Editor, complaints: Complaints) -> None:
    complaints.allow("status of 422")
    for count, (kind, name) in enumerate((("PNG", "plain.png"), ("JPEG", "photo.jpg")), 1):
        plain = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(plain, kind)
        await drop(editor.page, name, f"image/{kind.lower()}", plain.getvalue())
        await expect(editor.node("Load Image")).to_have_count(count)
    await expect(editor.page.get_by_text("Added plain.png as a picture")).to_be_visible()


async def test_an_address_opens_a_template_once_and_a_saved_graph(page: Page, server: Server) -> None:
    editor = Editor(page, server.url)
    for _ in range(2):
        await page.goto(f"{server.url}/?template=txt2img")
        await expect(editor.tab("Text to image")).to_have_attribute("aria-selected", "true")
        await expect(editor.node("KSampler")).to_be_visible()
        await expect(page).to_have_url(f"{server.url}/")
        assert await page.get_by_role("tab").count() == 1
    saved = await page.request.put(f"{server.url}/v1/graphs/by-address", data=SUM, headers={"If-None-Match": "*"})
    assert saved.ok
    await page.goto(f"{server.url}/?graph=by-address")
    await expect(editor.tab("by-address")).to_have_attribute("aria-selected", "true")
    await expect(editor.node("Integer Math")).to_be_visible()


async def test_what_is_open_survives_the_page(context: BrowserContext, editor: Editor) -> None:
    await editor.open_graph(SUM, "first")
    await editor.open_template("Text to image")
    prompt = editor.node("What to show").get_by_label("text", exact=True)
    await prompt.fill("a green triangle")
    await editor.page.close()
    page = await context.new_page()
    await page.goto(editor.url)
    again = Editor(page, editor.url)
    await expect(again.tab("Text to image")).to_have_attribute("aria-selected", "true")
    await expect(again.tab("first")).to_be_visible()
    await expect(again.node("What to show").get_by_label("text", exact=True)).to_have_value("a green triangle")


KEPT = """async (text) => {
    const database = await new Promise((resolve) => {
        const request = indexedDB.open("nodeflow");
        request.onsuccess = () => resolve(request.result);
    });
    const sessions = await new Promise((resolve) => {
        const request = database.transaction("sessions").objectStore("sessions").getAll();
        request.onsuccess = () => resolve(request.result);
    });
    database.close();
    return JSON.stringify(sessions).includes(text);
}"""


async def test_what_was_edited_survives_a_crash(context: BrowserContext, editor: Editor) -> None:
    await editor.open_graph(SUM, "sum")
    value = editor.node("Integer Math").get_by_label("a", exact=True)
    await value.fill("4711")
    await value.press("Enter")
    async with asyncio.timeout(PATIENCE / 1000):
        while not await editor.page.evaluate(KEPT, "4711"):
            await asyncio.sleep(0.05)
    crashed = asyncio.get_running_loop().create_future()
    editor.page.once("crash", lambda _page: crashed.set_result(None))
    leaving = asyncio.ensure_future(editor.page.goto("chrome://crash"))
    await crashed
    leaving.cancel()
    page = await context.new_page()
    await page.goto(editor.url)
    again = Editor(page, editor.url)
    await expect(again.node("Integer Math").get_by_label("a", exact=True)).to_have_value("4711")


async def test_two_pages_do_not_write_over_each_other(context: BrowserContext, editor: Editor) -> None:
    await editor.open_graph(SUM, "first")
    page = await context.new_page()
    other = Editor(page, editor.url)
    await other.begin()
    await other.open_graph(SUM, "second")
    await page.reload()
    await expect(other.tab("second")).to_be_visible()
    await expect(other.tab("first")).to_have_count(0)
    await editor.page.reload()
    await expect(editor.tab("first")).to_be_visible()
    await expect(editor.tab("second")).to_have_count(0)


async def test_somebody_elses_change_is_not_written_over_unasked(editor: Editor, complaints: Complaints) -> None:
    await editor.open_graph(SUM, "sum")
    await save_as(editor, "shared")
    await expect(editor.page.get_by_text("Saved as shared")).to_be_visible()
    address = f"{editor.url}/v1/graphs/shared"
    theirs = {**SUM, "nodes": {**SUM["nodes"], "more": {"type": "IntegerMath"}}}
    assert (await editor.page.request.put(address, data=theirs, headers={"If-Match": "*"})).ok
    complaints.allow("status of 412")
    value = editor.node("Integer Math").get_by_label("a", exact=True)
    await value.fill("41")
    await value.press("Enter")
    await editor.page.keyboard.press("Control+S")
    dialog = editor.page.get_by_role("dialog", name="shared was changed elsewhere")
    await dialog.get_by_role("button", name="Open theirs beside it").click()
    await expect(editor.nodes).to_have_count(2)
    assert await editor.page.get_by_role("tab").count() == 2
    # Ours is as it was, and replaces theirs only when told to.
    await editor.page.get_by_role("tab").first.click()
    await expect(value).to_have_value("41")
    await editor.page.keyboard.press("Control+S")
    await dialog.get_by_role("button", name="Replace it").click()
    await expect(dialog).to_have_count(0)
    saved = await (await editor.page.request.get(address)).json()
    assert saved["nodes"] == {"sum": {"type": "IntegerMath", "values": {"a": 41, "b": 2}}}


async def test_a_saved_graph_is_opened_again_and_deleted(editor: Editor) -> None:
    await editor.open_graph(SUM, "sum")
    await save_as(editor, "kept")
    await expect(editor.tab("kept")).to_be_visible()
    await editor.page.get_by_role("button", name="Close kept").click()
    await expect(editor.tab("kept")).to_have_count(0)
    await editor.page.keyboard.press("Control+O")
    dialog = editor.page.get_by_role("dialog", name="Open")
    await dialog.get_by_label("Search the saved graphs").fill("ke")
    await dialog.get_by_role("button", name="kept 1 node").click()
    await expect(editor.node("Integer Math")).to_be_visible()
    await editor.page.keyboard.press("Control+O")
    await dialog.get_by_role("button", name="Delete kept").click()
    await dialog.get_by_role("button", name="Delete for good").click()
    await expect(dialog.get_by_role("button", name="kept 1 node")).to_have_count(0)
    assert (await editor.page.request.get(f"{editor.url}/v1/graphs/kept")).status == 404


async def test_a_document_goes_out_as_it_came_in(editor: Editor) -> None:
    graph = {
        "nodeflow": 1,
        "nodes": {
            "seed": {"type": "Seed", "values": {"value": 2**64 - 1}},
            "other": {"type": "gone/Away", "values": {"x": [1]}},
        },
        "layout": {"seed": [1, 2], "other": [300, 2]},
        "meta": {"by": "hand"},
    }
    await editor.open_graph(graph, "mine")
    async with editor.page.expect_download() as coming:
        await editor.menu("Export as JSON")
    download = await coming.value
    assert download.suggested_filename == "mine.json"
    text = await asyncio.to_thread(Path(await download.path()).read_text)
    assert json.loads(text) == graph


async def test_closing_asks_for_what_is_not_saved(editor: Editor) -> None:
    await editor.open_graph(SUM, "sum")
    value = editor.node("Integer Math").get_by_label("a", exact=True)
    await value.fill("1")
    await value.press("Enter")
    await editor.page.get_by_role("button", name="Close sum").click()
    dialog = editor.page.get_by_role("dialog", name="Close sum?")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(editor.tab("sum")).to_be_visible()
    await editor.page.get_by_role("button", name="Close sum").click()
    await dialog.get_by_role("button", name="Close without saving").click()
    await expect(editor.tab("sum")).to_have_count(0)
