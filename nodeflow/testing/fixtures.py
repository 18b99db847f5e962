"""Fixtures for pytest: `pytest_plugins = ["nodeflow.testing.fixtures"]` in a conftest.py has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.testing.tiny import write_tiny_models


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny random model of every kind that plugins can write, `<kind>/tiny.safetensors`."""
    return write_tiny_models(tmp_path_factory.mktemp("tiny-models"))


@pytest.fixture
def nodeflow_app(tmp_path: Path, tiny_models: Path) -> Iterator[App]:
    """An App with all that is installed, the tiny models, and data and results of its own, on the processor."""
    models = {path.name: (path,) for path in tiny_models.iterdir()}
    folders: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "model_folders": models}
    made = App(Config(**folders, device="cpu"))
    yield made
    made.close()
