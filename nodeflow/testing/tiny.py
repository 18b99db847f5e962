"""Tiny random models, by kind, as plugins write them: for tests of nodes that load any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodeflow.errors import UnknownName
from nodeflow.folders import ModelFolder
from nodeflow.testing.trial import installed

TABLE = "tiny_models"
"""The table of choices in which plugins name what writes a tiny model of a kind: `writer(path)`."""
NAME = "tiny.safetensors"


def write_tiny_models(folder: Path, *kinds: str) -> Path:
    """Write a tiny random model of each kind, or of all that plugins can write; the folder.

    The model of a kind is `<folder>/<kind>/tiny.safetensors`, the same each time. Raises UnknownName for a kind that
    no plugin writes. A plugin offers one by the table of choices `tiny_models`.
    """
    writers: Mapping[str, Any] = installed().registry.tables.get(TABLE, {})
    for kind in kinds or tuple(writers):
        if kind not in writers:
            raise UnknownName("tiny model of kind", kind, writers)
        (folder / kind).mkdir(parents=True, exist_ok=True)
        writers[kind](folder / kind / NAME)
    return folder


def folders_below(folder: Path | None) -> tuple[ModelFolder, ...]:
    """The folders of models in a folder, each for the kind that it is named after."""
    below = sorted(path for path in folder.iterdir() if path.is_dir()) if folder is not None else ()
    return tuple(ModelFolder(path.name, path) for path in below)
