"""The queue: many runs at once, their order, sweeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.web.editor import Editor


def waiting(sign: Path) -> dict[str, Any]:
    return {"nodeflow": 1, "nodes": {"wait": {"type": "acme/Wait", "values": {"sign": str(sign)}}}}


def note(text: str) -> dict[str, Any]:
    return {"nodeflow": 1, "nodes": {"note": {"type": "acme/Note", "values": {"text": text}}}}


async def panel(editor: Editor) -> Locator:
    await editor.page.keyboard.press("q")
    found = editor.page.get_by_role("complementary", name="Queue")
    await expect(found).to_be_visible()
    return found


async def order(editor: Editor) -> Sequence[str]:
    """The titles of what waits, as the server has them."""
    answer = await editor.page.request.get(f"{editor.url}/v1/runs?order=queue")
    return [run["tags"][0] for run in (await answer.json())["items"]]


async def test_what_waits_is_put_into_another_order_and_cancelled(editor: Editor, tmp_path: Path) -> None:
    await editor.open_graph(waiting(tmp_path / "go"), "first")
    await editor.run()
    await expect(editor.node("Wait").get_by_role("progressbar")).to_be_visible()
    for title in ("second", "third", "fourth"):
        await editor.open_graph(note(title), title)
        await editor.run()
        await expect(editor.status).to_contain_text("Waits")
    queue = await panel(editor)
    rows = queue.get_by_role("region", name="Waiting").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await queue.get_by_role("button", name="Move fourth up").click()
    await expect(rows.nth(1)).to_contain_text("fourth")
    await expect(queue.get_by_role("button", name="Move fourth up")).to_be_enabled()
    await rows.nth(1).drag_to(rows.nth(0))
    await expect(rows.first).to_contain_text("fourth")
    await expect(rows.nth(2)).to_contain_text("third")
    await queue.get_by_role("button", name="Cancel second").click()
    await expect(rows).to_have_count(2)
    assert await order(editor) == ["fourth", "third"]
    (tmp_path / "go").touch()
    ended = queue.get_by_role("region", name="Ended").get_by_role("listitem")
    await expect(ended.filter(has_text="third").get_by_role("img", name="Done")).to_be_visible()
    await expect(ended.filter(has_text="second").get_by_role("img", name="Cancelled")).to_be_visible()


async def test_a_phone_has_room_for_the_whole_bar(editor: Editor, tmp_path: Path) -> None:
    await editor.open_graph(waiting(tmp_path / "go"), "first")
    await editor.run()
    await expect(editor.node("Wait").get_by_role("progressbar")).to_be_visible()
    bar = editor.page.get_by_role("banner")
    for width in (390, 360):
        await editor.page.set_viewport_size({"width": width, "height": 844})
        for name in ("Menu", "Redo", "New graph", "Cancel", "Run", "More ways to run", "App view", "Plugins"):
            await expect(bar.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
        await expect(bar.get_by_label("Number of runs")).to_be_in_viewport(ratio=1)
        assert await editor.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    await bar.get_by_role("button", name="Cancel", exact=True).click()
    await expect(editor.status).to_have_text("Cancelled")


async def test_a_paused_queue_begins_nothing(editor: Editor) -> None:
    queue = await panel(editor)
    await queue.get_by_role("button", name="Pause").click()
    await expect(queue.get_by_text("Paused")).to_be_visible()
    await editor.open_graph(note("later"), "later")
    await editor.run()
    await expect(queue.get_by_role("region", name="Waiting").get_by_role("listitem")).to_have_count(1)
    await queue.get_by_role("button", name="Resume").click()
    await editor.done()


async def test_many_runs_have_each_another_seed(editor: Editor) -> None:
    await editor.open_graph(
        {
            "nodeflow": 1,
            "nodes": {
                "seed": {"type": "Seed", "values": {"value": 5}},
                "sum": {"type": "IntegerMath", "values": {"b": 1}, "links": {"a": "seed.seed"}},
            },
        },
        "seeds",
    )
    number = editor.page.get_by_label("Number of runs")
    await number.fill("3")
    async with editor.page.expect_response("**/v1/runs") as coming:
        await editor.page.keyboard.press("Control+Enter")
    runs = (await (await coming.value).json())["runs"]
    outputs = []
    for run in runs:
        ended = await (await editor.page.request.get(f"{editor.url}/v1/runs/{run['id']}?wait=60")).json()
        outputs.append(ended["graph"]["nodes"]["seed"]["values"]["value"])
    assert outputs == [5, 6, 7]
    await number.fill("1")


async def test_a_sweep_runs_every_combination(editor: Editor) -> None:
    await editor.open_graph(
        {"nodeflow": 1, "nodes": {"sum": {"type": "IntegerMath", "values": {"a": 1, "b": 2}}}}, "sweep"
    )
    await editor.page.get_by_role("button", name="More ways to run").click()
    await editor.page.get_by_role("menuitem", name="Sweep over values").click()
    dialog = editor.page.get_by_role("dialog", name="Sweep over values")
    await dialog.get_by_label("Values").fill("1..3")
    await dialog.get_by_role("button", name="Another input").click()
    await dialog.get_by_label("Values").nth(1).fill("10, x")
    await expect(dialog.get_by_text('"x" is no number.')).to_be_visible()
    await expect(dialog.get_by_role("button", name="Run all")).to_be_disabled()
    await dialog.get_by_label("Values").nth(1).fill("10, 20")
    await expect(dialog.get_by_role("status")).to_have_text("6 runs")
    async with editor.page.expect_response("**/v1/runs") as coming:
        await dialog.get_by_role("button", name="Run all").click()
    answer = await coming.value
    assert json.loads(answer.request.post_data or "")["batch"] == {"product": {"a": [1, 2, 3], "b": [10, 20]}}
    assert len((await answer.json())["runs"]) == 6
    queue = editor.page.get_by_role("complementary", name="Queue")
    await expect(queue).to_be_visible()
    await editor.done()
    # Each says what tells it from the others.
    ended = queue.get_by_role("region", name="Ended").get_by_role("listitem")
    for values in ("a 1, b 10", "a 3, b 20"):
        await expect(ended.filter(has_text=values)).to_have_count(1)
    await expect(queue.get_by_role("button", name="Run sweep, a 2, b 20 again")).to_be_visible()


async def test_runs_that_somebody_else_has_started_are_told_apart(editor: Editor) -> None:
    nodes = {
        "seed": {"type": "Seed", "values": {"value": None}},
        "sum": {"type": "IntegerMath", "values": {"b": 1}, "links": {"a": "seed.seed"}},
    }
    graph = {"nodeflow": 1, "nodes": nodes, "inputs": {"plus": "sum.b"}}
    body = {"graph": graph, "tags": ["theirs"], "batch": {"product": {"plus": [4, 5]}}}
    answer = await editor.page.request.post(f"{editor.url}/v1/runs", data=body)
    runs = (await answer.json())["runs"]
    queue = await panel(editor)
    ended = queue.get_by_role("region", name="Ended").get_by_role("listitem")
    for run, plus in zip(runs, (4, 5), strict=True):
        told = f"plus {plus}, seed {run['traits']['seed.value']}"
        await expect(ended.filter(has_text=told)).to_have_count(1)
        await expect(queue.get_by_role("button", name=f"Run theirs, {told} again")).to_be_visible()
