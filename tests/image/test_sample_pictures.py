"""The samples are what their code draws, and mean what graphs use them for."""

from pathlib import Path

import nodeflow_image
import numpy as np
import pytest
from nodeflow_image.sample_pictures import SAMPLES, SIZE, write_samples
from nodeflow_training.scenes import Item, Scene, draw
from PIL import Image as PillowImage

FOLDER = Path(nodeflow_image.__file__).parent / "samples"


def pixels(path: Path) -> np.ndarray:
    with PillowImage.open(path) as picture:
        return np.asarray(picture)


def test_the_folder_holds_what_the_code_draws(tmp_path: Path) -> None:
    write_samples(tmp_path)
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(SAMPLES)
    for name in SAMPLES:
        assert np.array_equal(pixels(FOLDER / name), pixels(tmp_path / name))
        assert pixels(FOLDER / name).shape[:2] == (SIZE, SIZE)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_small(name: str) -> None:
    assert (FOLDER / name).stat().st_size < 4096


def test_the_scene_is_one_that_the_embedded_checkpoint_knows() -> None:
    items = (Item("red", "circle", 36, 64, 48), Item("blue", "square", 96, 64, 48 / 0.85))
    known = draw(Scene("yellow", items, relation="left of")).astype(int)
    assert np.abs(pixels(FOLDER / "scene.png") - known).mean() < 1


def test_the_mask_covers_the_square_and_nothing_of_the_circle() -> None:
    scene, mask = pixels(FOLDER / "scene.png").astype(int), pixels(FOLDER / "scene-mask.png")[..., 0]
    blue, red = scene[..., 2] > 150, (scene[..., 0] > 180) & (scene[..., 1] < 100)
    assert (mask[blue] == 255).all()
    assert (mask[red] == 0).all()
    assert set(np.unique(mask)) == {0, 255}


def test_the_cutout_is_transparent_around_its_shape() -> None:
    cutout = pixels(FOLDER / "cutout.png")
    assert cutout[0, 0, 3] == 0
    assert cutout[64, 64, 3] == 255
    assert (cutout[..., :3] == cutout[64, 64, :3]).all()
