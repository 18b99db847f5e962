"""axe-core finds nothing to complain of, on any screen, in both themes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.web.editor import Editor

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"]});
  return violations.flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`));
}"""


async def check(editor: Editor) -> None:
    """Raises where axe-core finds a violation of any of its rules."""
    if not await editor.page.evaluate("() => 'axe' in window"):
        await editor.page.evaluate(AXE.read_text())
    await editor.page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert await editor.page.evaluate(RUN) == []


async def graph(editor: Editor) -> None:
    await editor.open_graph(
        {
            "nodeflow": 1,
            "nodes": {
                "picture": {"type": "LoadImage", "values": {"image": "scene.png"}},
                "area": {"type": "LoadImageMask", "values": {"image": "scene-mask.png"}},
                "blend": {
                    "type": "BlendImages",
                    "links": {"base": "picture.image", "top": "picture.image", "mask": "area.mask"},
                },
                "noise": {"type": "AddNoise", "values": {"seed": None}},
                "sampler": {"type": "KSampler"},
                "text": {"type": "TextEncode", "values": {"text": "a red circle"}},
                "color": {"type": "EmptyImage"},
                "json": {"type": "Json"},
                "gone": {"type": "acme/Gone", "values": {"x": 1}},
                "fail": {"type": "acme/Fail", "values": {"message": "the paint is dry"}},
                "save": {"type": "SaveImage", "links": {"image": "blend.image"}},
            },
            "inputs": {"picture": "picture.image", "mask": "area.image", "seed": "noise.seed"},
        },
        "everything",
    )


async def failed(editor: Editor) -> None:
    await graph(editor)
    await editor.node("Fail").get_by_role("heading").click()
    await editor.page.keyboard.press("Alt+Enter")
    await expect(editor.status).to_contain_text("Failed")


async def ran(editor: Editor) -> None:
    await graph(editor)
    await editor.node("Save Image").get_by_role("heading").click()
    await editor.page.keyboard.press("Alt+Enter")
    await editor.done()


def panel(name: str) -> Callable[[Editor], Awaitable[None]]:
    async def opened(editor: Editor) -> None:
        await ran(editor)
        await editor.page.get_by_role("group", name="Panels").get_by_role("button", name=name).click()
        await expect(editor.page.get_by_role("complementary", name=name)).to_be_visible()

    return opened


async def templates(editor: Editor) -> None:
    await editor.menu("Templates…")


async def menu(editor: Editor) -> None:
    await graph(editor)
    await editor.page.get_by_role("button", name="Menu", exact=True).click()


async def palette(editor: Editor) -> None:
    await graph(editor)
    await editor.page.keyboard.press("/")


async def help_sheet(editor: Editor) -> None:
    await editor.page.keyboard.press("?")


async def choices(editor: Editor) -> None:
    await graph(editor)
    await editor.node("KSampler").get_by_role("button", name="sampler: euler").click()
    await expect(editor.page.get_by_role("listbox").get_by_role("option", selected=True)).to_be_visible()


async def painter(editor: Editor) -> None:
    await graph(editor)
    await editor.page.get_by_role("button", name="Paint the mask").click()


async def app(editor: Editor) -> None:
    await graph(editor)
    await editor.page.get_by_role("button", name="App view").click()


async def result(editor: Editor) -> None:
    await ran(editor)
    await editor.node("Save Image").get_by_role("button", name="Show").click()
    await expect(editor.page.get_by_role("dialog")).to_be_visible()


async def empty(editor: Editor) -> None:
    await expect(editor.page.get_by_text("An empty graph")).to_be_visible()


SCREENS: dict[str, Callable[[Editor], Awaitable[None]]] = {
    "an empty graph": empty,
    "a run that failed": failed,
    "the queue": panel("Queue"),
    "the gallery": panel("Gallery"),
    "the problems": panel("Problems"),
    "templates": templates,
    "the menu": menu,
    "the palette": palette,
    "the help sheet": help_sheet,
    "choices": choices,
    "the mask painter": painter,
    "the app view": app,
    "a result": result,
}


@pytest.mark.parametrize("screen", SCREENS)
async def test_no_violation(editor: Editor, screen: str) -> None:
    await SCREENS[screen](editor)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        await editor.page.emulate_media(color_scheme=scheme)
        await check(editor)
