"""Pictures loaded from the folders and from the store."""

import logging
from pathlib import Path

import numpy as np
import pytest
from nodeflow_image.load import load_image, load_image_mask
from PIL import Image as PillowImage

from nodeflow import Context
from nodeflow.errors import UnknownName
from nodeflow.spec import NodeSpec

RGBA = np.random.default_rng(5).integers(0, 256, (5, 4, 4), dtype=np.uint8)


def save(folder: Path, values: np.ndarray, name: str = "picture.png") -> None:
    PillowImage.fromarray(values).save(folder / name)


def test_the_image_is_rgb_and_the_mask_is_where_it_is_transparent(ctx: Context, pictures: Path) -> None:
    save(pictures, RGBA)
    image, mask = load_image(image="picture.png").run(ctx)
    assert np.array_equal(np.rint(image.pixels * 255), RGBA[None, ..., :3])
    assert np.array_equal(np.rint((1 - mask.values) * 255), RGBA[None, ..., 3])


def test_an_opaque_picture_has_an_empty_mask_of_its_size(ctx: Context, pictures: Path) -> None:
    save(pictures, RGBA[..., :3])
    _, mask = load_image(image="picture.png").run(ctx)
    assert np.array_equal(mask.values, np.zeros((1, 5, 4)))


@pytest.mark.parametrize("channel", ["red", "green", "blue", "alpha"])
def test_a_channel_as_a_mask(ctx: Context, pictures: Path, channel: str) -> None:
    save(pictures, RGBA)
    values = np.rint(load_image_mask(image="picture.png", channel=channel).run(ctx).values * 255)
    if channel == "alpha":
        assert np.array_equal(values, 255 - RGBA[None, ..., 3])
    else:
        assert np.array_equal(values, RGBA[None, ..., ["red", "green", "blue"].index(channel)])


def test_a_mask_painted_white_on_black(ctx: Context, pictures: Path) -> None:
    painted = np.zeros((3, 4), dtype=np.uint8)
    painted[1:, 2:] = 255
    save(pictures, painted)
    assert np.array_equal(load_image_mask(image="picture.png").run(ctx).values[0], painted / 255)


def test_a_file_of_the_store(ctx: Context, tmp_path: Path) -> None:
    save(tmp_path, RGBA, "elsewhere.png")
    file = ctx.save((tmp_path / "elsewhere.png").read_bytes(), "elsewhere.png", "image/png")
    image, _ = load_image(image=f"sha256:{file.sha256}").run(ctx)
    assert np.array_equal(np.rint(image.pixels * 255), RGBA[None, ..., :3])


@pytest.mark.parametrize("name", ["pictur.png", "../secret.png", "/etc/passwd", "a/../picture.png"])
def test_only_listed_files_are_read(ctx: Context, pictures: Path, tmp_path: Path, name: str) -> None:
    save(pictures, RGBA)
    save(tmp_path, RGBA, "secret.png")
    with pytest.raises(UnknownName):
        load_image(image=name).run(ctx)


def test_what_was_changed_on_the_way_is_logged(ctx: Context, pictures: Path, caplog: pytest.LogCaptureFixture) -> None:
    PillowImage.fromarray(RGBA[..., :3]).save(pictures / "odd.png", icc_profile=b"damaged")
    with caplog.at_level(logging.WARNING):
        load_image(image="odd.png").run(ctx)
    assert "'odd.png': its colour profile cannot be applied" in caplog.text


def test_the_digest_of_the_file_reaches_the_key() -> None:
    for node in (load_image, load_image_mask):
        choice = NodeSpec.of(node).inputs["image"].file_choice
        assert choice is not None
        assert choice.kind == "images"
