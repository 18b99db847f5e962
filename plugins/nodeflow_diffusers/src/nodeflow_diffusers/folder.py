"""Pipeline folders: what their `model_index.json` names, and why a folder is none. No weights are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEX = "model_index.json"
LIBRARIES = ("diffusers", "transformers")
"""Whose classes a folder may name. Others would be code that comes with the folder."""


class PipelineError(ValueError):
    """What should be a pipeline that can be run is none; the message says what was found."""


@dataclass(frozen=True)
class PipelineFolder:
    """A folder that holds a pipeline: its class and, by component, the class of each; only what is there."""

    path: Path
    class_name: str
    components: Mapping[str, str]

    def weights(self, component: str) -> tuple[Path, ...]:
        """The safetensors files of a component that are loaded: the plain ones, or else those of the only variant."""
        files = sorted((self.path / component).glob("*.safetensors"))
        plain = tuple(file for file in files if not variant_of(file))
        return plain or tuple(files)

    @property
    def variant(self) -> str | None:
        """`fp16` where there are weights under that name alone."""
        variants = {variant_of(file) for component in self.components for file in self.weights(component)}
        named = sorted(variants - {""})
        if len(named) > 1:
            raise PipelineError(
                f"the folder {self.path.name!r} mixes weights of {' and '.join(named)}; keep one of them"
            )
        return named[0] if named else None


def variant_of(file: Path) -> str:
    """`fp16` of `model.fp16.safetensors` and `model.fp16-00001-of-00002.safetensors`; empty for plain names."""
    return file.name.removesuffix(".safetensors").partition(".")[2].partition("-")[0]


def read(path: Path) -> PipelineFolder:
    """The pipeline of a folder. Raises PipelineError, saying what was found, for what is none."""
    index = _index(path)
    class_name = index.get("_class_name")
    if not isinstance(class_name, str):
        raise PipelineError(f"{_named(path)} names no pipeline of diffusers in '_class_name', but {class_name!r}")
    listed = {name: value for name, value in index.items() if isinstance(value, list) and len(value) == 2}
    found = {name: value for name, value in listed.items() if value[0] is not None}
    foreign = [f"{name} ({value[0]})" for name, value in found.items() if not _trusted(value[0])]
    if foreign:
        raise PipelineError(
            f"{_named(path)} asks for code that is not of diffusers or transformers: {', '.join(foreign)}"
        )
    folder = PipelineFolder(path, class_name, {name: value[1] for name, value in found.items()})
    _check_parts(folder)
    return folder


def _trusted(library: object) -> bool:
    """Whether a component's library is one of ours; a bare name is a module of diffusers' own pipelines."""
    return isinstance(library, str) and (library in LIBRARIES or library.isidentifier())


def _index(path: Path) -> dict[str, Any]:
    if not path.is_dir():
        raise PipelineError(
            f"{path.name!r} is a single file of {path.stat().st_size:,} bytes, and no pipeline folder; LoadCheckpoint "
            "takes Stable Diffusion in one file"
        )
    try:
        index = json.loads((path / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        there = ", ".join(sorted(entry.name for entry in path.iterdir())) or "nothing"
        raise PipelineError(f"the folder {path.name!r} has no {INDEX}; it holds {there}") from None
    except ValueError as error:
        raise PipelineError(f"{_named(path)} is no JSON: {error}") from error
    if not isinstance(index, dict):
        raise PipelineError(f"{_named(path)} holds a {type(index).__name__}, where an object was expected")
    return index


def _check_parts(folder: PipelineFolder) -> None:
    """Raise PipelineError unless each part is there, and its weights are safetensors."""
    missing = sorted(name for name in folder.components if not (folder.path / name).is_dir())
    # Parts of which nothing is used here may be missing, as people delete them to save space.
    missing = [name for name in missing if name not in ("safety_checker", "feature_extractor", "image_encoder")]
    if missing:
        there = ", ".join(sorted(entry.name for entry in folder.path.iterdir() if entry.is_dir())) or "none"
        raise PipelineError(
            f"{_named(folder.path)} names {', '.join(missing)}, and the folder has no such parts: {there}"
        )
    for name in folder.components:
        pickles = sorted(file.name for file in (folder.path / name).glob("*.bin"))
        if pickles and not folder.weights(name):
            raise PipelineError(
                f"the {name} of {folder.path.name!r} has its weights as a pickle, {pickles[0]}, which can run code "
                "when it is opened; get the folder with .safetensors files"
            )


def _named(path: Path) -> str:
    return f"the {INDEX} of {path.name!r}"
