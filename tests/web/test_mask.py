"""Painting a mask over a picture, and inpainting with it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from playwright.async_api import Locator, expect

from tests.web.editor import Editor

SIDE, MIDDLE = 128, 64
SQUARE = slice(80, 106)
"""The columns of the blue square in the picture, which the prompt makes a green star."""


async def painter(editor: Editor) -> Locator:
    await editor.page.get_by_role("button", name="Paint the mask").click()
    dialog = editor.page.get_by_role("dialog", name="Paint")
    await expect(sheet(dialog)).to_be_visible()
    return dialog


def sheet(dialog: Locator) -> Locator:
    return dialog.get_by_role("application", name="Mask")


async def stroke(editor: Editor, dialog: Locator, *spots: tuple[float, float]) -> None:
    """A stroke through points of the picture, from 0 to 1."""
    box = await sheet(dialog).bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    await editor.page.mouse.move(*points[0])
    await editor.page.mouse.down()
    for point in points[1:]:
        await editor.page.mouse.move(*point, steps=4)
    await editor.page.mouse.up()


async def pixels(editor: Editor, value: str) -> NDArray[np.uint8]:
    answer = await editor.page.request.get(f"{editor.url}/v1/files/{value.removeprefix('sha256:')}")
    return np.asarray(Pillow.open(io.BytesIO(await answer.body())).convert("RGB"))


async def used(editor: Editor, dialog: Locator) -> NDArray[np.uint8]:
    """The mask that was painted, as it is stored: 255 where selected."""
    await dialog.get_by_role("button", name="Use this mask").click()
    await expect(dialog).to_have_count(0)
    return (await pixels(editor, (await editor.values("area"))["image"]))[..., 0]


async def test_what_is_painted_is_made_anew_and_nothing_else(editor: Editor) -> None:
    await editor.open_template("Inpaint")
    steps = editor.node("KSampler").get_by_label("steps", exact=True)
    await steps.fill("4")
    await steps.press("Enter")
    dialog = await painter(editor)
    await dialog.get_by_role("button", name="Clear").click()
    # A pixel of the latent is 16 of the picture wide, and one that is half covered is half kept.
    await dialog.get_by_role("slider", name="Brush size in pixels").fill("48")
    await stroke(editor, dialog, (0.72, 0.5), (0.85, 0.5))
    mask = await used(editor, dialog)
    assert mask.shape == (SIDE, SIDE)
    assert mask[MIDDLE, SQUARE].min() == 255
    assert mask[:, :MIDDLE].max() == 0
    await editor.run()
    await editor.done()
    before, after = await original(editor), await made(editor)
    changed = np.abs(after.astype(int) - before.astype(int)).max(axis=-1)
    # The edge is feathered by two pixels; far from it nothing may change, not by rounding either.
    assert changed[:, :MIDDLE].max() <= 1
    assert changed[MIDDLE, SQUARE].mean() > 10


async def original(editor: Editor) -> NDArray[np.uint8]:
    """The picture before, as a graph that does nothing to it saves it."""
    nodes = {
        "load": {"type": "LoadImage", "values": {"image": "scene.png"}},
        "save": {"type": "SaveImage", "links": {"image": "load.image"}},
    }
    graph = {"nodeflow": 1, "nodes": nodes}
    told = await editor.page.request.post(f"{editor.url}/v1/runs?wait=60", data={"graph": graph})
    return await pixels(editor, (await told.json())["artifacts"][0]["sha256"])


async def made(editor: Editor) -> NDArray[np.uint8]:
    found: Any = await (await editor.page.request.get(f"{editor.url}/v1/artifacts?limit=5")).json()
    newest = next(each for each in found["items"] if each["name"].startswith("inpaint"))
    return await pixels(editor, newest["sha256"])


async def test_each_deed_of_the_painter_can_be_undone(editor: Editor) -> None:
    await editor.open_template("Inpaint")
    dialog = await painter(editor)
    await dialog.get_by_role("button", name="Clear").click()
    await stroke(editor, dialog, (0.5, 0.5), (0.5, 0.6))
    await dialog.get_by_role("button", name="Invert").click()
    await dialog.get_by_role("button", name="Erase").click()
    await stroke(editor, dialog, (0.1, 0.1), (0.2, 0.1))
    await dialog.get_by_role("button", name="Undo").click()
    await sheet(dialog).press("Control+z")
    await sheet(dialog).press("Control+y")
    mask = await used(editor, dialog)
    assert mask[SIDE // 10, SIDE // 8] == 255
    assert mask[SIDE // 2, SIDE // 2] == 0
    # What was painted is there when it is painted on.
    dialog = await painter(editor)
    await dialog.get_by_role("button", name="Invert").click()
    assert (await used(editor, dialog))[SIDE // 2, SIDE // 2] == 255


async def test_a_mask_is_painted_by_the_keyboard(editor: Editor) -> None:
    await editor.open_template("Inpaint")
    dialog = await painter(editor)
    await dialog.get_by_role("button", name="Clear").click()
    await dialog.get_by_role("slider", name="Brush size in pixels").fill("16")
    await sheet(dialog).press("Space")
    for _ in range(4):
        await sheet(dialog).press("Shift+ArrowRight")
    await sheet(dialog).press("]")
    await expect(dialog.get_by_text("18 px")).to_be_visible()
    mask = await used(editor, dialog)
    assert mask[SIDE // 2, SIDE // 2 : SIDE // 2 + 16].min() == 255
    assert mask[SIDE // 2, : SIDE // 2 - 12].max() == 0
