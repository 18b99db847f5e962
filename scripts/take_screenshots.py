"""Takes the pictures of the editor that the documentation shows: `python scripts/take_screenshots.py [NAME ...]`."""

from __future__ import annotations

import argparse
import io
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image as Pillow
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120_000
"""Milliseconds that anything may take: the first run loads torch."""
SHARPNESS = 1.5
"""Pixels of the picture to one of the page."""


@dataclass(frozen=True)
class Shot:
    """A picture: the template it begins with, what is done then, and how the page is."""

    template: str
    work: Callable[[Page], None]
    theme: Literal["light", "dark"] = "dark"
    size: tuple[int, int] = (1280, 800)


def main() -> None:
    """Takes the pictures that are named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SHOTS)}; all by default")
    wanted = parser.parse_args().names or list(SHOTS)
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for name in wanted:
            print(take(browser, url, name))
        browser.close()


@contextmanager
def serving() -> Iterator[str]:
    """A server that has never made anything; its address."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "settings.toml")
        config.write_text('data_dir = "data"\ncache_dir = "cache"\n')
        command = [sys.executable, "-m", "nodeflow", "serve", "--port", "0", "--config", str(config), "--grace", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def take(browser: Browser, url: str, name: str) -> Path:
    """Writes the picture; gives its path."""
    shot = SHOTS[name]
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=shot.theme,
        device_scale_factor=SHARPNESS,
        reduced_motion="reduce",
        has_touch=width < 600,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/?template={shot.template}")
    page.locator(".react-flow__node, .app-form__title").first.wait_for()
    shot.work(page)
    page.wait_for_timeout(500)
    path = PICTURES / f"{name}.webp"
    Pillow.open(io.BytesIO(page.screenshot())).save(path, quality=88, method=6)
    page.request.post(f"{url}/v1/queue/cancel", data={})
    context.close()
    return path


def run(page: Page) -> None:
    """Run, and wait for the end; the messages are gone by then."""
    page.get_by_role("button", name="Run").first.click()
    done(page)


def done(page: Page) -> None:
    page.get_by_role("banner").get_by_text("Done").first.wait_for(state="attached")
    page.mouse.move(0, 0)


def fill(page: Page, node: str, label: str, value: str) -> None:
    """Give an input of a node a value."""
    box = page.locator(".react-flow__node").filter(has=page.get_by_role("heading", name=node, exact=True))
    box.get_by_label(label, exact=True).fill(value)
    page.keyboard.press("Enter")


def preview(page: Page) -> None:
    """A run half way."""
    fill(page, "KSampler", "steps", "500")
    page.get_by_role("button", name="Run").first.click()
    page.get_by_role("img", name="What is being made").wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.node [role=progressbar]')].some(each => each.ariaValueNow >= 60)"
    )


def palette(page: Page) -> None:
    """What can be added, and a link to it at once."""
    page.locator(".react-flow__pane").click(position={"x": 760, "y": 600})
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Add a node").fill("blur")


def mistake(page: Page) -> None:
    """A value that is wrong, told at its input and in the list of problems."""
    fill(page, "KSampler", "cfg", "400")
    page.get_by_role("group", name="Panels").get_by_role("button", name="Problems").click()
    page.get_by_role("complementary", name="Problems").get_by_role("listitem").first.wait_for()


def compare(page: Page) -> None:
    """Two pictures of different seeds, one over the other."""
    run(page)
    fill(page, "KSampler", "seed", "21")
    page.get_by_role("button", name="Run").first.click()
    page.get_by_role("button", name="Cancel", exact=True).wait_for()
    done(page)
    page.get_by_role("group", name="Panels").get_by_role("button", name="Gallery").click()
    gallery = page.get_by_role("complementary", name="Gallery")
    gallery.get_by_role("button", name="Show").nth(1).wait_for()
    gallery.get_by_role("button", name="Show").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Compare").click()


def mask(page: Page) -> None:
    """The painter, with a stroke in the making over the blue square."""
    page.get_by_role("button", name="Paint the mask").click()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("slider", name="Brush size in pixels").fill("22")
    box = page.get_by_role("application", name="Mask").bounding_box()
    assert box is not None
    across = [0.6 + step * 0.03 for step in range(9)]
    points = [(x, 0.36 + 0.14 * (index % 2)) for index, x in enumerate(across)] + [(x, 0.62) for x in reversed(across)]
    for index, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        if index == 0:
            page.mouse.down()
    page.mouse.up()


def app(page: Page) -> None:
    """The same graph as a form, after a run. A phone shows it at once."""
    if page.get_by_role("form").count() == 0:
        page.get_by_role("button", name="App view").click()
    page.get_by_role("form").get_by_role("button", name="Run").click()
    page.get_by_role("link", name="Download").wait_for()
    page.mouse.move(0, 0)


SHOTS = {
    "editor-dark": Shot("txt2img", run),
    "editor-light": Shot("txt2img", run, "light"),
    "editor-preview": Shot("txt2img", preview),
    "editor-palette": Shot("txt2img", palette),
    "editor-mistake": Shot("txt2img", mistake, "light"),
    "editor-compare": Shot("txt2img", compare),
    "editor-mask": Shot("inpaint", mask),
    "editor-app": Shot("txt2img", app, "light"),
    "editor-phone": Shot("txt2img", app, "dark", (390, 844)),
}

if __name__ == "__main__":
    main()
