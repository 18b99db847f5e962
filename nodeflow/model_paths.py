"""Where other tools keep models: ComfyUI's `extra_model_paths.yaml`, and installations of ComfyUI and A1111."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodeflow.errors import ConfigError

# Kinds that ComfyUI renamed; files in the wild still use the old words.
RENAMED: Mapping[str, str] = {"clip": "text_encoders", "unet": "diffusion_models"}

COMFYUI: Mapping[str, tuple[str, ...]] = {
    "checkpoints": ("models/checkpoints",),
    "controlnet": ("models/controlnet",),
    "diffusion_models": ("models/diffusion_models", "models/unet"),
    "embeddings": ("models/embeddings",),
    "loras": ("models/loras",),
    "text_encoders": ("models/text_encoders", "models/clip"),
    "upscale_models": ("models/upscale_models",),
    "vae": ("models/vae",),
}

A1111: Mapping[str, tuple[str, ...]] = {
    "checkpoints": ("models/Stable-diffusion",),
    "controlnet": ("models/ControlNet",),
    "embeddings": ("embeddings",),
    "hypernetworks": ("models/hypernetworks",),
    "loras": ("models/Lora", "models/LyCORIS"),
    "upscale_models": ("models/ESRGAN", "models/RealESRGAN", "models/SwinIR"),
    "vae": ("models/VAE",),
}


@dataclass(frozen=True, slots=True)
class ModelPath:
    """A folder to look in for models of a kind; `first` puts it before the folders that nodeflow has of its own."""

    kind: str
    path: Path
    first: bool = False


def tree_paths(root: Path, layout: Mapping[str, tuple[str, ...]]) -> Iterator[ModelPath]:
    """The folders of an installation at `root` that lays its models out as `layout` says, missing ones left out."""
    if not root.is_dir():
        raise ConfigError(f"{str(root)!r} is not a folder; it should be the root of the other tool's installation")
    for kind, folders in layout.items():
        yield from (ModelPath(kind, root / folder) for folder in folders if (root / folder).is_dir())


def read_extra_model_paths(file: Path) -> tuple[ModelPath, ...]:
    """The folders that an `extra_model_paths.yaml` names.

    Each group has an optional `base_path` (relative to the file; `~` and `$NAME` are expanded), an optional
    `is_default`, and a line or several for each kind. Raises ConfigError for a file that cannot be read or says
    something else.
    """
    import yaml

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read {str(file)!r}: {error}") from error
    groups = _mapping(document if document is not None else {}, file, "the document")
    return tuple(path for name, group in groups.items() for path in _group(file, str(name), group))


def _group(file: Path, name: str, group: object) -> Iterable[ModelPath]:
    if group is None:
        return
    lines = dict(_mapping(group, file, f"group {name!r}"))
    base = file.parent / _expand(_text(lines.pop("base_path", ""), file, f"{name}.base_path"))
    first = _flag(lines.pop("is_default", False), file, f"{name}.is_default")
    for kind, value in lines.items():
        for line in _text(value, file, f"{name}.{kind}").splitlines():
            if line.strip():
                yield ModelPath(RENAMED.get(kind, kind), base / _expand(line.strip()), first)


def _expand(text: str) -> str:
    return os.path.expandvars(os.path.expanduser(text))  # noqa: PTH111 (of text that may still hold a variable)


def _mapping(value: object, file: Path, what: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise ConfigError(f"{str(file)!r}: {what} should be a mapping of names to folders, not {value!r}")


def _text(value: object, file: Path, what: str) -> str:
    if isinstance(value, str):
        return value
    raise ConfigError(f"{str(file)!r}: {what} should be a path, or several on lines of their own, not {value!r}")


def _flag(value: object, file: Path, what: str) -> bool:
    flags = {True: True, False: False, "true": True, "false": False}
    if isinstance(value, bool | str) and value in flags:
        return flags[value]
    raise ConfigError(f"{str(file)!r}: {what} should be true or false, not {value!r}")
