"""What the editor costs a browser: its size, its start, and how long frames take while a large graph is moved."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import statistics
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import aiohttp
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.service import server
from benchmarks.table import Table, seconds

CHROMIUM = "/usr/bin/chromium"
# Nothing may be asked for but the server.
ARGUMENTS = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",)
WIDTH, HEIGHT = 1280, 800
SIZES = (100, 500)
SECONDS = 2.5
COLUMNS = 20
GAP = (300, 320)
NODES = ".react-flow__node"

PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
WATCH = """() => {
  window.frames_taken = [];
  let last = performance.now();
  const note = now => {
    window.frames_taken.push(now - last);
    last = now;
    window.watching = requestAnimationFrame(note);
  };
  window.watching = requestAnimationFrame(note);
}"""
# Where the view is, and where each node lies in it.
PLACE = """() => [document.querySelector(".react-flow__viewport").style.transform,
  ...[...document.querySelectorAll(".react-flow__node")].map(node => node.style.transform)].join()"""
HEAD = """() => {
  const heads = [...document.querySelectorAll(".node__head")].map(head => head.getBoundingClientRect());
  const middle = [innerWidth / 2, innerHeight / 2];
  const far = ({x, y, width, height}) => Math.hypot(x + width / 2 - middle[0], y + height / 2 - middle[1]);
  const {x, y, width, height} = heads.sort((a, b) => far(a) - far(b))[0];
  return [x + width * 0.6, y + height / 2];
}"""
TAKEN = "() => { cancelAnimationFrame(window.watching); return window.frames_taken.slice(1); }"


def graph(nodes: int) -> Mapping[str, Any]:
    """So many nodes, each fed by the two before it."""
    made = {}
    for index in range(nodes):
        before = {"base": max(index - 1, 0), "top": max(index - 2, 0)}
        links = {name: f"n{source}.image" for name, source in before.items()} if index else {}
        made[f"n{index}"] = {"type": "BlendImages", "links": links}
    places = {f"n{index}": [index % COLUMNS * GAP[0], index // COLUMNS * GAP[1]] for index in range(nodes)}
    return {"nodeflow": 1, "nodes": made, "layout": places}


def main(sizes: tuple[int, ...] = SIZES) -> Table:
    """The built editor in headless Chromium, served by the real server."""
    with server() as url:
        rows = asyncio.run(weight(url))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            rows += start(browser, url)
            frames = [row for size in sizes for row in moved(browser, url, size)]
            browser.close()
    head = ["nodes, links", "seen", "what", "median frame", "95 % of frames within"]
    note = (
        f"{SECONDS} s each in a window of {WIDTH}x{HEIGHT}, drawn by the processor alone; each is checked to have "
        "moved something. A screen of 60 Hz takes 16.7 ms a frame."
    )
    more = [Table("Frames of the editor", note, head, frames)]
    return Table("The editor", "The built editor in headless Chromium, over loopback.", ["what", "took"], rows, more)


async def weight(url: str) -> list[list[str]]:
    """Bytes of the page and of what it asks for, as they are sent."""
    async with aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as session:

        async def sent(path: str) -> bytes:
            async with session.get(f"{url.rstrip('/')}/{path}") as answer:
                return await answer.read()

        page = await sent("")
        names = re.findall(r'(?:src|href)="\./([^"]+)"', gzip.decompress(page).decode())
        sizes = {name: len(await sent(name)) for name in names}
    script, style = (sum(size for name, size in sizes.items() if name.endswith(end)) for end in (".js", ".css"))
    return [
        ["sent for the first page, compressed", f"{(len(page) + sum(sizes.values())) / 1000:.0f} kB"],
        ["of it JavaScript", f"{script / 1000:.0f} kB"],
        ["of it CSS", f"{style / 1000:.0f} kB"],
    ]


def start(browser: Browser, url: str, rounds: int = 5) -> list[list[str]]:
    """Until the canvas can be used: in a browser that has never seen the page, and in one that has."""
    first, again = [], []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        first.append(seconds(lambda: opened(page, url)))  # noqa: B023
        again.append(seconds(lambda: opened(page, url)))  # noqa: B023
        page.close()
    return [
        ["the first load, until the canvas can be used (median)", f"{statistics.median(first):.2f} s"],
        ["each one after it (median)", f"{statistics.median(again):.2f} s"],
    ]


def opened(page: Page, url: str) -> None:
    """The page, with the node types there."""
    with page.expect_response(lambda answer: answer.url.endswith("/v1/nodes")):
        page.goto(url)
    page.locator(".react-flow__pane").wait_for()


def moved(browser: Browser, url: str, size: int) -> list[list[str]]:
    """Frame times of a graph that is moved and zoomed, and of a node in it that is dragged, near and from afar."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    opened(page, url)
    text = json.dumps(graph(size))
    page.keyboard.press("Escape")
    placing = seconds(lambda: put(page, text))
    name = f"{size}, {2 * size - 2}"
    rows = [[name, "", "put on the canvas, once", f"{placing * 1e3:.0f} ms", ""]]
    page.keyboard.press(".")
    page.keyboard.press("Escape")
    for seen in ("all of it", "near"):
        if seen == "near":
            approach(page)
        rows += [[name, seen, what, *frames(page, work)] for what, work in WORK.items()]
    page.close()
    return rows


def put(page: Page, text: str) -> None:
    """The graph on the canvas, drawn."""
    page.evaluate(PASTE, text)
    page.locator(NODES).first.wait_for()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def approach(page: Page) -> None:
    """Look at the graph from where its values can be read."""
    for _ in range(40):
        if int(page.locator(".zoom__percent").inner_text().rstrip("%")) >= 90:
            return
        page.keyboard.press("+")
        page.wait_for_timeout(100)
    raise AssertionError("the view came no nearer")


def frames(page: Page, work: Callable[[Page, float], None]) -> list[str]:
    """The median and the 95th percentile of frame times while something is moved."""
    page.evaluate(WATCH)
    before = page.evaluate(PLACE)
    work(page, monotonic() + SECONDS)
    taken = page.evaluate(TAKEN)
    assert page.evaluate(PLACE) != before, "nothing moved"
    return [f"{statistics.median(taken):.0f} ms", f"{statistics.quantiles(taken, n=20)[-1]:.0f} ms"]


def pan(page: Page, until: float) -> None:
    """The whole view, to and fro."""
    page.mouse.move(WIDTH / 2, HEIGHT / 2)
    page.mouse.down(button="middle")
    sway(page, until)
    page.mouse.up(button="middle")


def drag(page: Page, until: float) -> None:
    """The node that is nearest to the middle of the window, by its head."""
    x, y = page.evaluate(HEAD)
    page.mouse.move(x, y)
    page.mouse.down()
    sway(page, until)
    page.mouse.up()


def zoom(page: Page, until: float) -> None:
    """Nearer and farther."""
    page.mouse.move(WIDTH / 2, HEIGHT / 2)
    step = 0
    while monotonic() < until:
        page.mouse.wheel(0, -60 if step // 10 % 2 else 60)
        step += 1


def sway(page: Page, until: float) -> None:
    """The pointer, to and fro around the middle; it ends elsewhere than it began."""
    step = 0
    while monotonic() < until:
        page.mouse.move(WIDTH / 2 + abs(step % 80 - 40) * 4 - 60, HEIGHT / 2 + abs(step % 60 - 30) * 3 - 30)
        step += 1
    page.mouse.move(WIDTH / 2 + 130, HEIGHT / 2 + 70)


WORK = {"the view is moved": pan, "a node is dragged": drag, "the view is zoomed": zoom}
