"""Pictures saved: names, bytes, the graph inside, and the way back through LoadImage."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image.encoding import to_bytes
from nodeflow_image.load import load_image
from nodeflow_image.save import PreviewImage, SaveImage
from PIL import Image as PillowImage

from nodeflow import Cancelled, Context, Image, png
from nodeflow.errors import ValueProblem
from nodeflow.spec import NodeSpec

DrawImage = Callable[..., Image]
DOCUMENT = {"graph": {"nodeflow": 1, "nodes": {"é": {"type": "SaveImage"}}}, "versions": {"nodeflow": "0.1.0"}}


def test_one_file_for_each_picture(ctx: Context, draw_image: DrawImage) -> None:
    image = draw_image(3, channels=4)
    saved = SaveImage(image=image, prefix="red circle").run(ctx)
    assert [file.name for file in saved.files] == [f"red circle_0000{index}.png" for index in range(3)]
    assert ctx.saved == saved.files
    for file, pixels in zip(saved.files, image.pixels, strict=True):
        data = ctx.read(file)
        assert (file.media_type, file.size) == ("image/png", len(data))
        with PillowImage.open(io.BytesIO(data)) as opened:
            assert np.array_equal(np.asarray(opened), to_bytes(pixels))


def test_the_graph_is_in_the_file_and_no_more(ctx: Context, draw_image: DrawImage) -> None:
    (file,) = SaveImage(image=draw_image()).run(replace(ctx, document=lambda: DOCUMENT)).files
    assert file.name == "nodeflow_00000.png"
    data = ctx.read(file)
    assert png.read(data) == DOCUMENT
    with PillowImage.open(io.BytesIO(data)) as opened:
        assert list(opened.info) == [png.KEYWORD]


def test_a_preview_carries_no_graph(ctx: Context, draw_image: DrawImage) -> None:
    (file,) = PreviewImage(image=draw_image()).run(replace(ctx, document=lambda: DOCUMENT)).files
    assert file.name == "preview_00000.png"
    with PillowImage.open(io.BytesIO(ctx.read(file))) as opened:
        assert opened.info == {}


def test_the_same_picture_from_the_same_graph_is_the_same_file(ctx: Context, draw_image: DrawImage) -> None:
    image, documented = draw_image(), replace(ctx, document=lambda: DOCUMENT)
    first, second = (SaveImage(image=image).run(documented).files for _ in range(2))
    assert first == second
    assert SaveImage(image=image).run(ctx).files != first


@pytest.mark.parametrize("node", [SaveImage, PreviewImage])
def test_people_run_a_graph_for_it(node: type) -> None:
    spec = NodeSpec.of(node)
    assert spec.output
    assert {name: port.type for name, port in spec.outputs.items()} == {"files": "list[File]"}


@pytest.mark.parametrize("prefix", ["", "a/b", "..", ".hidden", "a\\b", "C:", "a\nb", "x" * 65, "a*"])
def test_a_prefix_is_no_path(prefix: str) -> None:
    with pytest.raises(ValueProblem):
        NodeSpec.of(SaveImage).inputs["prefix"].validate(prefix)


@pytest.mark.parametrize("prefix", ["a", "red circle", "v1.2", "x" * 64, "круг", "2026-01-02"])
def test_other_prefixes_are_taken(prefix: str) -> None:
    assert NodeSpec.of(SaveImage).inputs["prefix"].validate(prefix) == prefix


def test_saving_stops_when_the_run_is_cancelled(ctx: Context, draw_image: DrawImage) -> None:
    ctx.cancellation.cancel()
    with pytest.raises(Cancelled):
        SaveImage(image=draw_image(2)).run(ctx)
    assert ctx.saved == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Context:
    from nodeflow.folders import Folders
    from nodeflow.store import Store

    store = Store(tmp_path_factory.mktemp("store"))
    return Context(store=store, folders=Folders((), store=store))


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.floats(-0.5, 1.5, width=32), min_size=6, max_size=6))
def test_what_is_saved_is_loaded_within_half_a_level(shared: Context, values: list[float]) -> None:
    image = Image(np.float32(values).reshape(1, 2, 1, 3))
    (file,) = SaveImage(image=image).run(shared).files
    again, _ = load_image(image=f"sha256:{file.sha256}").run(shared)
    assert np.abs(again.pixels - np.clip(image.pixels, 0, 1)).max() <= 0.5 / 255 + 1e-6
    (once_more,) = SaveImage(image=again).run(shared).files
    assert once_more == file
