"""Building a graph from an empty canvas, by mouse and by keyboard alone; links that are refused; undoing all."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, expect

from tests.web.canvas import Canvas, Fingers, middle
from tests.web.editor import Editor

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
VIEW = """(({ a, e, f }) => [a, e, f])(
    new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform))"""
"""How large the graph is drawn, and where its origin lies on the screen."""
PROMPT = "a red circle left of a blue square on a white background"


async def make_small(editor: Editor) -> None:
    """Have little to compute, and a prompt."""
    for label, value in (("width", "64"), ("height", "64"), ("steps", "2")):
        field = editor.nodes.get_by_role("spinbutton", name=label, exact=True)
        await field.fill(value)
        await field.press("Enter")
    await editor.nodes.get_by_role("textbox", name="text", exact=True).first.fill(PROMPT)


async def test_text_to_image_is_built_by_mouse_run_and_undone(editor: Editor) -> None:
    canvas = Canvas(editor)
    await expect(editor.page.get_by_text("An empty graph")).to_be_visible()
    checkpoint = await canvas.add_at((40, 120), "Load Checkpoint")
    prompt = await canvas.add_at((340, 80), "Text Encode")
    await canvas.link(canvas.output(checkpoint, "text_encoder"), canvas.input(prompt, "text_encoder"))
    # A link that is let go in empty space asks what it shall lead to, and leads there at once.
    await canvas.drag(await middle(canvas.output(checkpoint, "text_encoder")), (360, 330))
    await canvas.choose("Text Encode")
    negative = await canvas.newest("Text Encode", 2)
    await canvas.drag(await middle(canvas.output(checkpoint, "vae")), (360, 540))
    await canvas.choose("Empty Latent")
    empty = await canvas.newest("Empty Latent", 1)
    await expect(canvas.links).to_have_count(3)
    await canvas.drag(await middle(canvas.output(checkpoint, "model")), (660, 150))
    await canvas.choose("KSampler")
    sampler = editor.node("KSampler")
    await canvas.link(canvas.output(prompt, "conditioning"), canvas.input(sampler, "positive"))
    await canvas.link(canvas.output(negative, "conditioning"), canvas.input(sampler, "negative"))
    # Let go over a node, a link finds the input by itself.
    await canvas.drag(await middle(canvas.output(empty, "latent")), await middle(sampler.get_by_role("heading")))
    await canvas.drag(await middle(canvas.output(sampler, "latent")), (960, 120))
    await canvas.choose("VAE Decode")
    decode = editor.node("VAE Decode")
    await canvas.link(canvas.output(checkpoint, "vae"), canvas.input(decode, "vae"))
    await canvas.drag(await middle(canvas.output(decode, "image")), (980, 270))
    await canvas.choose("Save Image")
    await expect(canvas.links).to_have_count(10)
    await make_small(editor)
    await editor.run()
    await expect(editor.node("Save Image").get_by_role("button", name="Show nodeflow_00000.png")).to_be_visible()
    await editor.done()
    # Every gesture is one step: 7 nodes of which 5 came with a link, 5 further links, 4 values.
    await editor.page.keyboard.press("Escape")
    await canvas.undo(7 + 5 + 4 - 1)
    await expect(editor.nodes).to_have_count(1)
    await canvas.undo()
    await expect(editor.page.get_by_text("An empty graph")).to_be_visible()
    await expect(editor.page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    for _ in range(16):
        await editor.page.keyboard.press("Control+y")
    await expect(canvas.links).to_have_count(10)
    await expect(editor.nodes.get_by_role("textbox", name="text", exact=True).first).to_have_value(PROMPT)


async def test_text_to_image_is_built_and_run_by_keyboard_alone(editor: Editor) -> None:
    canvas = Canvas(editor)
    keyboard = editor.page.keyboard
    await canvas.add("Load Checkpoint")
    await canvas.add("Text Encode")
    await canvas.connect("text_encoder Load Checkpoint")
    # The name of a node makes it findable.
    await keyboard.press("F2")
    await expect(editor.page.get_by_role("textbox", name="Title of the node")).to_be_focused()
    await keyboard.type("Prompt")
    await keyboard.press("Enter")
    await expect(editor.node("Prompt")).to_be_visible()
    await canvas.add("Text Encode")
    await canvas.connect("text_encoder Load Checkpoint")
    await canvas.add("Empty Latent")
    await canvas.connect("vae Load Checkpoint")
    await canvas.add("KSampler")
    for wanted in ("model", "positive Prompt", "negative Text Encode", "latent Empty"):
        await canvas.connect(wanted)
    await canvas.add("VAE Decode")
    await canvas.connect("latent KSampler")
    await canvas.connect("vae Load Checkpoint")
    await canvas.add("Save Image")
    await canvas.connect("image VAE Decode")
    await expect(canvas.links).to_have_count(10)
    await canvas.connect("disconnect image")
    await expect(canvas.links).to_have_count(9)
    await canvas.undo()
    await expect(canvas.links).to_have_count(10)
    await keyboard.press("Shift+A")
    await make_small(editor)
    await keyboard.press("Control+Enter")
    await expect(editor.node("Save Image").get_by_role("button", name="Show nodeflow_00000.png")).to_be_visible()
    await editor.done()


async def test_a_link_that_does_not_fit_or_closes_a_cycle_is_refused_and_says_why(editor: Editor) -> None:
    canvas = Canvas(editor)
    encode = await canvas.add_at((60, 120), "VAE Encode")
    decode = await canvas.add_at((500, 120), "VAE Decode")
    invert = await canvas.add_at((60, 400), "Invert Image")
    await canvas.lift(await middle(canvas.output(encode, "latent")), await middle(canvas.input(invert, "image")))
    why = "Latent does not fit image, which takes Image."
    # Said while the link is in the hand, and again when it is let go.
    await expect(editor.page.locator(".draft__why")).to_contain_text(why)
    await editor.page.mouse.up()
    await expect(editor.page.get_by_role("status").filter(has_text=why)).to_contain_text("between them.")
    await expect(canvas.links).to_have_count(0)
    await canvas.link(canvas.output(encode, "latent"), canvas.input(decode, "latent"))
    await canvas.link(canvas.output(decode, "image"), canvas.input(encode, "image"))
    cycle = "This would close a cycle: VAE Encode → VAE Decode → VAE Encode."
    await expect(editor.page.get_by_role("status").filter(has_text=cycle)).to_be_visible()
    await expect(canvas.links).to_have_count(1)


async def test_a_linked_input_gives_its_link_into_the_hand(editor: Editor) -> None:
    canvas = Canvas(editor)
    invert = await canvas.add_at((60, 120), "Invert Image")
    base = await canvas.add_at((500, 120), "Blend Images")
    await canvas.link(canvas.output(invert, "image"), canvas.input(base, "base"))
    await canvas.link(canvas.input(base, "base"), canvas.input(base, "top"))
    await expect(canvas.input(base, "top")).to_have_class(re.compile("socket--linked"))
    await expect(canvas.links).to_have_count(1)
    await canvas.drag(await middle(canvas.input(base, "top")), (300, 600))
    await expect(canvas.links).to_have_count(0)
    await canvas.undo(2)
    await expect(canvas.links).to_have_count(1)


async def test_a_link_among_many_is_touched_from_afar(editor: Editor) -> None:
    blanks = {f"blank{at}": {"type": "EmptyImage"} for at in range(121)}
    invert = {"type": "InvertImage", "links": {"image": "blank0.image"}}
    grid = {f"blank{at}": [at % 11 * 320, at // 11 * 300] for at in range(121)}
    layout = {**grid, "blank0": [0, -1800], "invert": [3200, -900]}
    await editor.open_graph({"nodeflow": 1, "nodes": {**blanks, "invert": invert}, "layout": layout}, "many")
    await expect(editor.page.locator(".canvas[data-far]")).to_be_visible()
    links = editor.page.locator(".far-wires__bundle")
    chosen = editor.page.locator(".far-wires__bundle--selected")
    await expect(links).to_have_count(1)
    # Halfway between its ends a link bends neither way.
    box = await links.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await editor.page.mouse.click(x, y + 3)
    await expect(chosen).to_have_count(1)
    await editor.page.mouse.click(x, y + 60)
    await expect(chosen).to_have_count(0)
    await editor.page.mouse.click(x, y + 3, button="right")
    await editor.page.get_by_role("menuitem", name="Disconnect").click()
    await expect(links).to_have_count(0)


@pytest.mark.parametrize("context", [PHONE], ids=["phone"], indirect=True)
async def test_one_finger_moves_the_view_and_two_make_it_smaller(editor: Editor, context: BrowserContext) -> None:
    await editor.open_graph({"nodeflow": 1, "nodes": {"blank": {"type": "EmptyImage"}}, "layout": {"blank": [0, 0]}})
    # It is shown in the middle.
    await editor.page.wait_for_function(f"() => {VIEW}[1] > 0")
    x, y = await editor.page.evaluate(f"() => {VIEW}.slice(1)")
    fingers = Fingers(await context.new_cdp_session(editor.page))
    await fingers.slide(((200, 700), (180, 640)))
    moved = f"(to) => {VIEW}.every((each, at) => Math.abs(each - to[at]) < 0.01)"
    await editor.page.wait_for_function(moved, arg=[1, x - 20, y - 60])
    await fingers.slide(((100, 700), (150, 700)), ((300, 700), (250, 700)))
    await expect(editor.page.get_by_role("toolbar", name="View")).to_contain_text("50%")


async def test_what_is_pressed_is_in_the_help_sheet(editor: Editor) -> None:
    await editor.page.keyboard.press("?")
    sheet = editor.page.get_by_role("dialog", name="Keys and gestures")
    await expect(sheet).to_contain_text("Paste with incoming links")
    await editor.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
