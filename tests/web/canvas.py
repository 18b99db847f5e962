"""The canvas as a hand sees it: sockets to drag between, nodes to move, the palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import CDPSession, Locator, Page, expect

from tests.web.editor import Editor

Point = tuple[float, float]


@dataclass(frozen=True)
class Canvas:
    """The canvas of an editor."""

    editor: Editor

    @property
    def page(self) -> Page:
        return self.editor.page

    @property
    def links(self) -> Locator:
        return self.page.locator(".react-flow__edge")

    @property
    def selected(self) -> Locator:
        return self.page.locator(".react-flow__node.selected")

    @property
    def finder(self) -> Locator:
        """The box that is typed into, of the palette or of what to connect to."""
        return self.page.get_by_role("combobox", name="Add a node").or_(
            self.page.get_by_role("combobox", name="Connect to")
        )

    def input(self, node: Locator, name: str) -> Locator:
        return node.locator(f'[data-port="{name}"] .socket--input')

    def output(self, node: Locator, name: str) -> Locator:
        return node.locator(f'[data-port="{name}"] .socket--output')

    async def choose(self, text: str) -> None:
        """Type into the box that is open, and take the first of what is found."""
        await expect(self.finder).to_be_focused()
        await self.page.keyboard.type(text)
        await expect(self.page.locator(".finder").get_by_role("option").first).to_be_visible()
        await self.page.keyboard.press("Enter")
        await expect(self.finder).to_have_count(0)

    async def add_at(self, at: Point, text: str, count: int = 1) -> Locator:
        """Add a node by a double click; the one of its title that was added last."""
        await self.page.mouse.dblclick(*at)
        await self.choose(text)
        return await self.newest(text, count)

    async def add(self, text: str, count: int = 1) -> Locator:
        """Add a node by the keyboard."""
        await self.page.keyboard.press("/")
        await self.choose(text)
        return await self.newest(text, count)

    async def newest(self, title: str, count: int) -> Locator:
        found = self.editor.node(title)
        await expect(found).to_have_count(count)
        return found.nth(count - 1)

    async def connect(self, text: str) -> None:
        """Link the selected node by the keyboard."""
        await self.page.keyboard.press("l")
        await self.choose(text)

    async def drag(self, start: Point, end: Point) -> None:
        """Drag from a point to a point, in steps as a hand does."""
        await self.lift(start, end)
        await self.page.mouse.up()

    async def lift(self, start: Point, end: Point) -> None:
        """As `drag`, without letting go."""
        await self.page.mouse.move(*start)
        await self.page.mouse.down()
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        await self.page.mouse.move(*middle, steps=3)
        await self.page.mouse.move(*end, steps=3)

    async def link(self, output: Locator, into: Locator) -> None:
        """Drag a link from one socket to another."""
        await self.drag(await middle(output), await middle(into))

    async def undo(self, times: int = 1) -> None:
        for _ in range(times):
            await self.page.keyboard.press("Control+z")

    async def at(self, node: Locator) -> Point:
        box = await node.bounding_box()
        assert box is not None
        return box["x"], box["y"]


@dataclass(frozen=True)
class Fingers:
    """Fingers on the screen of a page that knows touch."""

    session: CDPSession

    async def slide(self, *ways: tuple[Point, Point], steps: int = 4) -> None:
        """Put down a finger for each way, move all from its start to its end, and lift them."""
        for step in range(steps + 1):
            at = [tuple(a + (b - a) * step / steps for a, b in zip(*way, strict=True)) for way in ways]
            await self._touch("touchMove" if step else "touchStart", at)
        await self._touch("touchEnd", [])

    async def _touch(self, kind: str, at: Sequence[Sequence[float]]) -> None:
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(at)]
        await self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


async def middle(of: Locator) -> Point:
    """The middle of what is on the screen."""
    await expect(of).to_be_visible()
    box = await of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
