"""Running a graph: previews, the picture, what ran again and what did not, errors where they belong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.web.editor import Editor


async def marked(editor: Editor, label: str, *titles: str) -> None:
    """Wait until these nodes bear a mark, and no others do."""
    marks = editor.nodes.get_by_role("img", name=label, exact=True)
    for title in titles:
        await expect(editor.node(title).get_by_role("img", name=label, exact=True)).to_be_visible()
    await expect(marks).to_have_count(len(titles))


def failing(message: str) -> dict[str, Any]:
    """A graph with a node that fails."""
    return {"nodeflow": 1, "nodes": {"fail": {"type": "acme/Fail", "values": {"message": message}}}}


def field(node: Locator, label: str) -> Locator:
    return node.get_by_label(label, exact=True)


async def test_a_picture_and_then_only_what_changed_runs_again(editor: Editor) -> None:
    await editor.open_template("Text to image")
    steps = field(editor.node("KSampler"), "steps")
    await steps.fill("4")
    await steps.press("Enter")
    await editor.run()
    picture = editor.node("Save Image").get_by_role("button", name="Show txt2img_00000.png").locator("img")
    await expect(picture).to_be_visible()
    first = await picture.get_attribute("src") or ""
    await editor.done()
    # Before Run is pressed again, what would run is marked.
    seed = field(editor.node("KSampler"), "seed")
    await seed.fill("8")
    await seed.press("Enter")
    again = ("KSampler", "VAE Decode", "Save Image")
    await marked(editor, "Would run", *again)
    await editor.run()
    # The first run may have said the same: other tests had the checkpoint loaded. Another picture is of the second.
    await expect(picture).not_to_have_attribute("src", first)
    await expect(editor.status).to_contain_text("3 of 7 nodes ran")
    await marked(editor, "Done", *again)
    await marked(editor, "From cache", "Load Checkpoint", "What to show", "What not to show", "Empty Latent")


async def test_the_picture_grows_clearer_until_it_is_cancelled(editor: Editor) -> None:
    await editor.open_template("Text to image")
    sampler = editor.node("KSampler")
    await field(sampler, "steps").fill("1000")
    await field(sampler, "steps").press("Enter")
    await editor.run()
    preview = sampler.get_by_role("img", name="What is being made")
    await expect(preview).to_be_visible()
    first = await preview.get_attribute("src") or ""
    assert first.startswith("data:image/")
    await expect(preview).not_to_have_attribute("src", first)
    await expect(sampler.get_by_role("progressbar")).to_have_attribute("aria-valuetext", re.compile("left"))
    height = await sampler.evaluate("node => node.offsetHeight")
    await editor.page.get_by_role("button", name="Cancel", exact=True).click()
    await expect(editor.status).to_have_text("Cancelled")
    await expect(preview).to_have_count(0)
    # Nothing jumps: what was seen last keeps its place.
    await expect(sampler.get_by_role("img", name="What it showed last")).to_be_visible()
    assert await sampler.evaluate("node => node.offsetHeight") == height
    await expect(editor.page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)


async def test_the_last_preview_of_a_step_that_is_over_is_marked_and_nothing_jumps(
    editor: Editor, tmp_path: Path
) -> None:
    signs = [tmp_path / "first", tmp_path / "second"]
    nodes = {
        "show": {"type": "acme/Show", "values": {"sign": str(signs[0])}},
        "twice": {"type": "acme/Double", "links": {"number": "show.integer"}},
    }
    await editor.open_graph({"nodeflow": 1, "nodes": nodes, "layout": {"show": [0, 0], "twice": [320, 0]}}, "show")
    node = editor.node("Show")
    growing = node.get_by_role("img", name="What is being made")
    last = node.get_by_role("img", name="What it showed last")
    mark = node.get_by_text("Last preview")
    heights = []
    for sign in signs:
        await field(node, "sign").fill(str(sign))
        await field(node, "sign").press("Enter")
        await editor.run()
        await expect(growing).to_be_visible()
        await expect(mark).to_have_count(0)
        heights.append(await node.evaluate("node => node.offsetHeight"))
        sign.touch()
        await expect(last).to_be_visible()
        await editor.done()
        await expect(mark).to_be_visible()
        heights.append(await node.evaluate("node => node.offsetHeight"))
    assert len(set(heights)) == 1


async def test_a_value_that_is_wrong_is_told_at_its_input(editor: Editor) -> None:
    await editor.open_graph(
        {"nodeflow": 1, "nodes": {"sum": {"type": "acme/Fail", "values": {"message": 5}}}}, "a number for a text"
    )
    node = editor.node("Fail")
    await expect(node.get_by_text("5")).to_be_visible()
    await editor.run()
    await expect(editor.page.get_by_text("It cannot run yet")).to_be_visible()
    message = field(node, "message")
    await expect(message).to_have_attribute("aria-invalid", "true")
    said = await message.get_attribute("aria-describedby") or ""
    await expect(editor.page.locator(f"#{said}")).to_contain_text(re.compile("expected text, got 5", re.IGNORECASE))
    # Put right, it is no longer told.
    await message.fill("now it is a text")
    await expect(message).not_to_have_attribute("aria-invalid", "true")


async def test_a_node_that_fails_says_why_and_its_traceback_is_one_click_away(editor: Editor) -> None:
    await editor.open_graph(failing("the paint is dry"), "failing")
    await editor.run()
    await expect(editor.status).to_have_text("Failed")
    node = editor.node("Fail")
    await expect(node.get_by_role("alert")).to_contain_text("the paint is dry")
    trace = node.get_by_text("Traceback (most recent call last)")
    await expect(trace).to_be_hidden()
    await node.get_by_text("Where it was raised").click()
    await expect(trace).to_be_visible()
    await editor.page.get_by_role("button", name="Problems").click()
    panel = editor.page.get_by_role("complementary", name="Problems")
    await expect(panel.get_by_role("button", name="the paint is dry")).to_be_visible()


async def test_a_warning_is_a_mark_at_its_node_and_stands_among_the_problems(editor: Editor) -> None:
    warning = "the paint is thin, and the browser saw it"
    nodes = {"warn": {"type": "acme/Warn", "values": {"message": warning}}}
    await editor.open_graph({"nodeflow": 1, "nodes": nodes}, "thin")
    await editor.run()
    await editor.done()
    await marked(editor, "Warning", "Warn")
    # It is kept with the run.
    await editor.page.reload()
    await marked(editor, "Warning", "Warn")
    await editor.page.get_by_role("button", name="Problems").click()
    notes = editor.page.get_by_role("complementary", name="Problems").get_by_role("region", name="Notes")
    await expect(notes).to_contain_text(f"Warn: {warning}")


async def test_what_is_missing_is_told_only_once_it_is_wanted(editor: Editor) -> None:
    await editor.open_graph({"nodeflow": 1, "nodes": {"save": {"type": "SaveImage"}}}, "unfinished")
    await expect(editor.node("Save Image")).to_be_visible()
    panel = editor.page.get_by_role("complementary", name="Problems")
    await editor.page.get_by_role("button", name="Problems").click()
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await expect(editor.node("Save Image").get_by_role("alert")).to_have_count(0)
    await editor.run()
    await expect(editor.page.get_by_text("It cannot run yet")).to_be_visible()
    await expect(editor.page.get_by_role("button", name="Problems: 1 found")).to_be_visible()


async def test_a_run_is_found_again_when_the_page_is_loaded_anew(editor: Editor, tmp_path: Path) -> None:
    sign = tmp_path / "go"
    graph = {"nodeflow": 1, "nodes": {"wait": {"type": "acme/Wait", "values": {"sign": str(sign)}}}}
    await editor.open_graph(graph, "patient")
    await editor.run()
    await expect(editor.node("Wait").get_by_role("progressbar")).to_be_visible()
    await editor.page.reload()
    await expect(editor.tab("patient")).to_have_attribute("aria-selected", "true")
    await expect(editor.node("Wait").get_by_role("progressbar")).to_be_visible()
    await expect(editor.status).to_contain_text("Running Wait")
    sign.touch()
    await editor.done()
    await expect(editor.node("Wait").get_by_role("img", name="Done")).to_be_visible()


async def test_up_to_a_node_runs_no_further(editor: Editor) -> None:
    await editor.open_graph(
        {
            "nodeflow": 1,
            "nodes": {
                "first": {"type": "acme/Double", "values": {"number": 2217}, "title": "First"},
                "second": {"type": "acme/Double", "links": {"number": "first.output"}, "title": "Second"},
            },
        },
        "two",
    )
    await editor.node("First").get_by_role("heading").click()
    await editor.page.get_by_role("button", name="More ways to run").click()
    await editor.page.get_by_role("menuitem", name="Run up to the selected nodes").click()
    await editor.done()
    await expect(editor.node("First").get_by_role("img", name="Done")).to_be_visible()
    await expect(editor.node("Second").get_by_role("img", name="Done")).to_have_count(0)


async def test_a_node_that_leads_nowhere_is_in_nobody_s_way(editor: Editor) -> None:
    # Of a colour of its own: what another test has made on the same server would be kept.
    nodes = {
        "blank": {"type": "EmptyImage", "values": {"width": 8, "height": 8, "color": "#10a5e0"}},
        "save": {"type": "SaveImage", "values": {"prefix": "loose"}, "links": {"image": "blank.image"}},
        "loose": {"type": "InvertImage"},
    }
    layout = {"blank": [0, 0], "save": [320, 0], "loose": [640, 0]}
    await editor.open_graph({"nodeflow": 1, "nodes": nodes, "layout": layout}, "loose")
    await marked(editor, "Would run", "Empty Image", "Save Image")
    await editor.run()
    await expect(editor.node("Save Image").get_by_role("button", name="Show loose_00000.png")).to_be_visible()
    # Asked for itself, it says what it lacks.
    await editor.node("Invert Image").get_by_role("heading").click()
    await editor.page.keyboard.press("Alt+Enter")
    await expect(editor.node("Invert Image").get_by_text("image needs a link.")).to_be_visible()


async def test_what_was_made_before_stays_until_there_is_something_new(editor: Editor, tmp_path: Path) -> None:
    signs = [tmp_path / "first", tmp_path / "second"]
    signs[0].touch()
    nodes = {
        "wait": {"type": "acme/Wait", "values": {"sign": str(signs[0])}},
        "blank": {"type": "EmptyImage", "values": {"height": 8}, "links": {"width": "wait.integer"}},
        "save": {"type": "SaveImage", "values": {"prefix": "before"}, "links": {"image": "blank.image"}},
    }
    layout = {"wait": [0, 0], "blank": [320, 0], "save": [640, 0]}
    await editor.open_graph({"nodeflow": 1, "nodes": nodes, "layout": layout}, "before")
    await editor.run()
    save = editor.node("Save Image")
    new = save.get_by_role("button", name="Show before_00000.png")
    old = save.get_by_role("button", name="Made before: before_00000.png")
    await expect(new).to_be_visible()
    await editor.done()
    sign = field(editor.node("Wait"), "sign")
    await sign.fill(str(signs[1]))
    await sign.press("Enter")
    await editor.run()
    await expect(old).to_be_visible()
    await expect(new).to_have_count(0)
    signs[1].touch()
    await expect(new).to_be_visible()
    await expect(old).to_have_count(0)


async def test_a_value_that_was_given_before_stays_until_there_is_another(editor: Editor, tmp_path: Path) -> None:
    signs = [tmp_path / "first", tmp_path / "second"]
    signs[0].touch()
    graph = {"nodeflow": 1, "nodes": {"wait": {"type": "acme/Wait", "values": {"sign": str(signs[0])}}}}
    await editor.open_graph(graph, "value")
    await editor.run()
    node = editor.node("Wait")
    value = node.get_by_role("definition")
    await expect(value).to_have_text("1")
    await editor.done()
    color = await value.evaluate("each => getComputedStyle(each).color")
    height = await node.evaluate("node => node.offsetHeight")
    await field(node, "sign").fill(str(signs[1]))
    await field(node, "sign").press("Enter")
    await editor.run()
    await expect(node.get_by_role("progressbar")).to_be_visible()
    await expect(value).to_have_text("1")
    await expect(value).not_to_have_css("color", color)
    assert await node.evaluate("node => node.offsetHeight") == height
    signs[1].touch()
    await expect(value).to_have_css("color", color)
    await editor.done()
