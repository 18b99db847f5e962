"""A context with a store, a folder of pictures and the blend modes; random pictures and masks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nodeflow_image.blending import BLEND_MODES

from nodeflow import Context, Image, Mask
from nodeflow.folders import Folders, ModelFolder
from nodeflow.registry import Registry
from nodeflow.store import Store


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The folder that LoadImage reads from."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
def ctx(tmp_path: Path, pictures: Path) -> Context:
    registry = Registry()
    registry.add_choices("blend_modes", BLEND_MODES, "image")
    store = Store(tmp_path / "store")
    folders = Folders((ModelFolder("images", pictures),), store=store)
    return Context(store=store, folders=folders, choices=registry)


@pytest.fixture
def draw_image() -> Callable[..., Image]:
    """`draw_image(batch, height, width, channels)`: random pictures in steps of 1/255, the same for each test."""
    random = np.random.default_rng(11)

    def draw(batch: int = 1, height: int = 6, width: int = 8, channels: int = 3) -> Image:
        values = random.integers(0, 256, (batch, height, width, channels))
        return Image(values.astype(np.float32) / np.float32(255))

    return draw


@pytest.fixture
def draw_mask() -> Callable[..., Mask]:
    """`draw_mask(batch, height, width)`: random masks in steps of 1/255, the same for each test."""
    random = np.random.default_rng(12)

    def draw(batch: int = 1, height: int = 6, width: int = 8) -> Mask:
        return Mask(random.integers(0, 256, (batch, height, width)).astype(np.float32) / np.float32(255))

    return draw
