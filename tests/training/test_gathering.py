"""Datasets out of folders, tables and drawings: what is found, what is left out and why, buckets, views."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodeflow_training.gathering import dataset_folder, folder_fingerprint
from nodeflow_training.nodes.datasets import (
    DatasetFromImages,
    LoadImageFolder,
    LoadImageTable,
    ShowDataset,
    augment_dataset,
    bucket_dataset,
    draw_scenes,
)
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.pictures import View, bucket_of, bucket_sizes, fitted, looked_at, scenes, view, words
from nodeflow_training.types import Dataset, Drawings, EncodedDataset, Example
from PIL import Image as Pillow

from nodeflow import Context, Image
from nodeflow.folders import Folders, ModelFolder

Write = Callable[..., Path]


@pytest.fixture
def here(tmp_path: Path, ctx: Context) -> Context:
    """A context whose folder for datasets is the test's own."""
    return replace(ctx, folders=Folders((ModelFolder("datasets", tmp_path, suffixes=(".csv", ".jsonl")),)))


def examples(dataset: Dataset) -> list[tuple[str, str]]:
    assert isinstance(dataset.source, tuple)
    return [(Path(example.path).name, example.caption) for example in dataset.source]


def test_a_folder_with_caption_files(write_pictures: Write, here: Context) -> None:
    folder = write_pictures("pets/cat.png", "pets/more/dog.jpg", "pets/.hidden.png", "other.png")
    (folder / "pets" / "cat.txt").write_text("a cat\n")
    node = LoadImageFolder(folder="pets", caption="a pet", side=64)
    found = node.run(here)
    assert examples(found.dataset) == [("cat.png", "a cat"), ("dog.jpg", "a pet")]
    assert found.dataset.side == 64
    assert found.report == "2 pictures to learn from, 0 left out"


def test_all_bad_pictures_of_a_folder_are_told_at_once(write_pictures: Write, here: Context) -> None:
    folder = write_pictures("a.png", "blank.png", "latin.png", "no text.png")
    for name, caption in (("a", b"\xef\xbb\xbfan apple"), ("blank", b" \n"), ("latin", b"caf\xe9"), ("page", b"page")):
        (folder / f"{name}.txt").write_bytes(caption)
    (folder / "page.png").write_text("<html>")
    with pytest.raises(ValueError, match=r"4 of 5 pictures cannot be .* set on_bad to 'skip'") as told:
        LoadImageFolder().run(here)
    assert str(told.value).splitlines()[1:] == [
        "'blank.png' has no caption: 'blank.txt' is empty",
        "'latin.png' has a caption that is no UTF-8: byte 3 of 'latin.txt'",
        "'no text.png' has no caption: there is no text file beside it",
        "'page.png' cannot be read as a picture: it is empty or of no kind that is known",
    ]
    found = LoadImageFolder(on_bad="skip", caption="a thing").run(here)
    assert examples(found.dataset) == [("a.png", "an apple"), ("blank.png", "a thing"), ("no text.png", "a thing")]


@pytest.mark.parametrize("name", ["table.csv", "table.jsonl"])
def test_a_table(write_pictures: Write, here: Context, name: str) -> None:
    folder = write_pictures("a.png", "b/c.png", width=30, height=20)
    rows = [("a.png", "an apple, red"), ("b/c.png", "a cup")]
    lines = [json.dumps({"file_name": path, "text": caption}) for path, caption in rows]
    csv = "\n".join(["image,caption", *(f'{path},"{caption}"' for path, caption in rows)])
    (folder / name).write_text(csv if name.endswith("csv") else "\n".join([*lines, ""]))
    dataset = LoadImageTable(table=name).run(here).dataset
    assert examples(dataset) == [("a.png", "an apple, red"), ("c.png", "a cup")]
    assert isinstance(dataset.source, tuple)
    assert (dataset.source[0].width, dataset.source[0].height) == (30, 20)


def test_bad_pictures_and_captions_stop_the_run_or_are_left_out_and_told(
    write_pictures: Write, here: Context, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_pictures("good.png", "silent.png", "long.png")
    (folder / "broken.png").write_bytes(b"no picture")
    table = ["image,caption", "good.png,good", "silent.png,", "broken.png,broken", "gone.png,gone", "../out.png,out"]
    (folder / "table.csv").write_text("\n".join([*table, f"long.png,{'x' * 10_001}"]))
    with pytest.raises(
        ValueError, match=r"5 of 6 pictures .* set on_bad to 'skip'\n'silent.png' line 3: has no caption"
    ):
        LoadImageTable(table="table.csv").run(here)
    found = LoadImageTable(table="table.csv", on_bad="skip").run(here)
    assert examples(found.dataset) == [("good.png", "good")]
    told = found.report.splitlines()
    assert told[0] == "1 pictures to learn from, 5 left out"
    for text in (
        "no caption",
        "'broken.png' cannot be read",
        "'gone.png' is not there",
        "leads out",
        "10001 characters",
    ):
        assert any(text in line for line in told), text
    assert sum("left out" in record.message for record in caplog.records) == 5


def test_a_picture_that_is_cut_off_is_found_when_it_is_encoded(
    write_pictures: Write, here: Context, vae: Any, ctx: Context, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_pictures("whole.png", width=64, height=64)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Pillow.fromarray(noise).save(folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:2000])
    dataset = LoadImageFolder(caption="any", side=32).run(here).dataset
    assert len(dataset) == 2
    with pytest.raises(ValueError, match=r"'cut.jpg' cannot be read as a picture.*set on_bad to 'skip'"):
        EncodeDataset(dataset=dataset, vae=vae).run(ctx)
    encoded = EncodeDataset(dataset=dataset, vae=vae, views=3, on_bad="skip").run(ctx)
    assert [bucket.rows.tolist() for bucket in encoded.buckets] == [[1, 1, 1]]
    told = [record.message for record in caplog.records]
    assert [told.count("1 of 2 pictures were left out"), sum("'cut.jpg'" in line for line in told)] == [1, 1]


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a/../../b"])
def test_no_folder_outside_is_read(here: Context, name: str) -> None:
    with pytest.raises(ValueError, match="must be a path below a folder for datasets"):
        dataset_folder(here.folders, name)


def test_a_folder_that_is_not_there_and_one_without_pictures(here: Context, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no folder 'pets' in the 1 folders for datasets"):
        LoadImageFolder(folder="pets").run(here)
    (tmp_path / "pets").mkdir()
    with pytest.raises(ValueError, match="no picture to learn from, 0 left out"):
        LoadImageFolder(folder="pets").run(here)


def test_a_changed_picture_or_caption_is_another_dataset(write_pictures: Write, here: Context) -> None:
    folder = write_pictures("a.png")
    folders = here.folders
    assert isinstance(folders, Folders)
    prints = [folder_fingerprint(folders, ".")]
    (folder / "a.txt").write_text("one")
    prints.append(folder_fingerprint(folders, "."))
    Pillow.new("RGB", (9, 9)).save(folder / "a.png")
    prints.append(folder_fingerprint(folders, "."))
    assert len(set(prints)) == 3
    assert LoadImageFolder.fingerprint({"folder": "."}, folders) == prints[-1]


def test_pictures_of_the_graph_with_captions(ctx: Context) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 10, 3)).astype(np.float32) / np.float32(255)
    dataset = DatasetFromImages(image=Image(pixels), captions="one\ntwo", side=16).run(ctx)
    assert [words(dataset, i) for i in range(2)] == ["one", "two"]
    assert isinstance(dataset.source, tuple)
    stored = np.asarray(Pillow.open(dataset.source[1].path))
    assert np.array_equal(stored, np.rint(pixels[1] * 255).astype(np.uint8))
    with pytest.raises(ValueError, match="3 captions for 2 pictures"):
        DatasetFromImages(image=Image(pixels), captions="a\nb\nc").run(ctx)


def test_drawings_are_as_wanted_and_worded_anew() -> None:
    dataset = draw_scenes(count=20, items="one", shapes="ring, star", colours="red", place="left").run(Context())
    found = scenes(dataset.source)
    assert {item.shape for scene in found for item in scene.items} == {"ring", "star"}
    assert {item.colour for scene in found for item in scene.items} == {"red"}
    assert {scene.place for scene in found} == {"left"}
    assert len({words(dataset, 0, random.Random(i)) for i in range(20)}) > 5
    with pytest.raises(ValueError, match="no shape 'blob'; there are circle, square"):
        draw_scenes(shapes="blob").run(Context())
    with pytest.raises(ValueError, match="allow more shapes, colours or backgrounds"):
        draw_scenes(items="two", colours="white", backgrounds="white").run(Context())


@pytest.mark.parametrize("widest", [1.0, 1.5, 2.0, 3.0])
def test_buckets_have_one_area_and_whole_units(widest: float) -> None:
    sizes = bucket_sizes(512, widest, 64)
    assert sizes[0] == (512, 512)
    assert (len(sizes) > 1) == (widest > 1)
    for width, height in sizes:
        assert width % 64 == height % 64 == 0
        assert max(width / height, height / width) <= widest
        assert width * height <= 512 * 512
        assert (height, width) in sizes
    assert bucket_of((1000, 10), sizes) == max(sizes, key=lambda size: size[0] / size[1])


def test_pictures_go_to_the_bucket_of_their_ratio(write_pictures: Write, here: Context, vae: Any, ctx: Context) -> None:
    write_pictures("wide-1.png", "wide-2.png", width=90, height=45)
    write_pictures("square.png", width=50, height=50)
    dataset = LoadImageFolder(caption="any").run(here).dataset
    dataset = bucket_dataset(dataset=dataset, side=32, widest=2.0, multiple=8).run(ctx)
    encoded = EncodeDataset(dataset=dataset, vae=vae).run(ctx)
    shapes = {tuple(bucket.latents.shape[2:]): len(bucket.rows) for bucket in encoded.buckets}
    assert shapes == {(8, 8): 1, (6, 10): 2}
    with pytest.raises(ValueError, match="side 30: must be a multiple of 8"):
        bucket_dataset(dataset=dataset, side=30, multiple=8).run(ctx)


def test_a_picture_is_scaled_until_it_covers_and_cut() -> None:
    ramp = np.tile(np.arange(100, dtype=np.uint8)[None, :, None], (50, 1, 3))
    left, right = (fitted(ramp, (50, 50), View(left=x)) for x in (0.0, 1.0))
    assert left.shape == (50, 50, 3)
    assert np.array_equal(left, ramp[:, :50])
    assert np.array_equal(right, ramp[:, 50:])
    assert np.array_equal(fitted(ramp, (50, 50), View(left=0.0, mirrored=True)), left[:, ::-1])
    assert fitted(ramp, (50, 50), View(brightness=0.5)).mean() == pytest.approx(ramp[:, 25:75].mean() / 2, abs=1)


def test_views_differ_and_are_the_same_each_time(drawn: Dataset, ctx: Context) -> None:
    plain = looked_at(drawn, 0)
    varied = augment_dataset(dataset=drawn, flip=True, crop="random", jitter=0.3).run(ctx)
    assert np.array_equal(looked_at(varied, 0, 1), looked_at(varied, 0, 1))
    assert not np.array_equal(looked_at(varied, 0, 1), plain)
    mirrored = augment_dataset(dataset=drawn, flip=True, crop="centre", jitter=0.0).run(ctx)
    assert np.array_equal(looked_at(mirrored, 0, 1), plain[:, ::-1])
    assert view(mirrored, 0, random.Random(0)) == View()


def test_captions_are_encoded_once_with_the_empty_one_last(
    eight: Dataset, vae: Any, text_encoder: Any, ctx: Context
) -> None:
    encoded = EncodeDataset(dataset=eight, vae=vae, text_encoder=text_encoder, views=2).run(ctx)
    assert len(encoded) == 16
    assert encoded.contexts is not None
    assert encoded.contexts.shape == (9, 16, 32)
    assert encoded.captions is not None
    assert (len(encoded.captions), encoded.captions[-1]) == (8, "picture eight")


def test_an_encoded_dataset_is_kept_and_bounded(
    data: EncodedDataset, eight: Dataset, vae: Any, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nodeflow_training.codecs import EncodedDatasetCodec

    codec = EncodedDatasetCodec()
    again = codec.decode(codec.encode(data))
    assert (again.dataset, again.captions, again.vae, again.recipe) == (eight, data.captions, vae, data.recipe)
    assert all(bool((a.latents == b.latents).all()) for a, b in zip(again.buckets, data.buckets, strict=True))
    monkeypatch.setattr("nodeflow_training.encoding.MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"8 pictures in 1 views are .* GiB of latents"):
        EncodeDataset(dataset=eight, vae=vae).run(ctx)
    with pytest.raises(ValueError, match="sides must be multiples of 4 pixels for this VAE"):
        EncodeDataset(dataset=replace(eight, side=30, multiple=10), vae=vae).run(ctx)


def test_a_dataset_is_shown(drawn: Dataset, ctx: Context) -> None:
    shown = ShowDataset(dataset=drawn, count=3).run(ctx)
    assert shown.image.pixels.shape == (3, 32, 32, 3)
    assert len(shown.captions.splitlines()) == 3


def test_a_lying_picture_is_turned_upright(tmp_path: Path) -> None:
    picture = Pillow.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "lying.jpg", exif=exif)
    from nodeflow_training.gathering import Found, gathered

    found = gathered(iter([Found(tmp_path / "lying.jpg", "a photo")]), 32, "fail", Context()).dataset
    assert found.source == (
        Example(str(tmp_path / "lying.jpg"), "a photo", 20, 40, (tmp_path / "lying.jpg").stat().st_size),
    )
    assert looked_at(found, 0).shape == (32, 32, 3)
    assert Drawings(1) != found.source
