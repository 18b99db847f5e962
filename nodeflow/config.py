"""Settings: defaults, a TOML file, NODEFLOW_* variables and the command line, in this order, the last one winning."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, ValidationError

from nodeflow.errors import ConfigError
from nodeflow.problems import meant, nearest

PREFIX = "NODEFLOW_"
# Read where they act, not settings of a file: which file to read, and whether a traceback is shown.
APART = frozenset({"NODEFLOW_CONFIG", "NODEFLOW_TRACEBACK"})


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value else value


def _data_dir() -> Path:
    return platformdirs.user_data_path("nodeflow", appauthor=False)


def _cache_dir() -> Path:
    return platformdirs.user_cache_path("nodeflow", appauthor=False)


Folder = Annotated[Path, BeforeValidator(_path)]


class Config(BaseModel):
    """Every setting, checked. Sizes are bytes, or text such as `"512 MiB"`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    data_dir: Folder = Field(default_factory=_data_dir, description="holds the file store and models/<kind>/")
    cache_dir: Folder = Field(default_factory=_cache_dir, description="holds the results of finished steps")
    cache_memory: ByteSize = Field(ByteSize(1 << 30), description="bytes of results kept in memory")
    cache_disk: ByteSize = Field(ByteSize(10 << 30), description="bytes of results kept on disk; 0 keeps none")
    model_memory: ByteSize | None = Field(None, description="bytes of loaded models; half of the memory when not given")
    cpus: int | None = Field(None, ge=1, description="steps that may run side by side; every core when not given")
    device: str = Field("auto", description="auto, cpu, cuda, mps")
    dtype: str = Field("auto", description="auto, float32, bfloat16, float16")
    disabled_plugins: tuple[str, ...] = Field((), strict=False, description="names of plugins not to load")
    model_folders: dict[str, Annotated[tuple[Folder, ...], Field(strict=False)]] = Field(
        default_factory=dict, description="folders to look in for models, by kind"
    )
    extra_model_paths: tuple[Folder, ...] = Field(
        (), strict=False, description="ComfyUI's extra_model_paths.yaml files"
    )
    comfyui_roots: tuple[Folder, ...] = Field((), strict=False, description="ComfyUI installations whose models to use")
    a1111_roots: tuple[Folder, ...] = Field((), strict=False, description="A1111 installations whose models to use")


PATHS = frozenset({"data_dir", "cache_dir"})
PATH_LISTS = frozenset({"extra_model_paths", "comfyui_roots", "a1111_roots"})


def default_file(environ: Mapping[str, str]) -> Path | None:
    """The file that is read when none is named: `$NODEFLOW_CONFIG`, or the user's `config.toml` if it is there."""
    if named := environ.get("NODEFLOW_CONFIG"):
        return Path(named).expanduser()
    usual = platformdirs.user_config_path("nodeflow", appauthor=False) / "config.toml"
    return usual if usual.is_file() else None


def load_config(
    file: Path | None = None, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Config:
    """The settings that hold. Raises ConfigError with everything that is wrong, and where it was written."""
    environ = os.environ if environ is None else environ
    file = file or default_file(environ)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    layers: list[tuple[str, Mapping[str, Any]]] = [("command line", overrides or {})]
    layers.insert(0, ("environment", dict(_environment(environ))))
    layers.insert(0, (str(file), _read(file) if file else {}))
    for origin, layer in layers:
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    try:
        return Config(**values)
    except ValidationError as error:
        raise ConfigError("\n".join(_complaints(error, origins))) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read the settings in {str(file)!r}: {error}") from error
    return {key: _beside(file.parent, key, value) for key, value in values.items()}


def _beside(base: Path, key: str, value: Any) -> Any:
    """Paths of a settings file are relative to it. What is no path is left for pydantic to refuse."""
    if key in PATHS:
        return _rooted(base, value)
    if key in PATH_LISTS and isinstance(value, list):
        return [_rooted(base, item) for item in value]
    if key == "model_folders" and isinstance(value, dict):
        return {kind: _beside(base, "extra_model_paths", folders) for kind, folders in value.items()}
    return value


def _rooted(base: Path, value: Any) -> Any:
    return base / Path(value).expanduser() if isinstance(value, str) and value else value


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """NODEFLOW_X sets `x`; lists of paths are split as PATH is, lists of names at commas."""
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in APART:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key in PATH_LISTS:
            yield key, [part for part in text.split(os.pathsep) if part]
        elif key == "disabled_plugins":
            yield key, [part.strip() for part in text.split(",") if part.strip()]
        elif key == "cpus":
            yield key, int(text) if text.isdecimal() else text
        else:
            yield key, text


def _complaints(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors():
        key = str(problem["loc"][0])
        origin = origins.get(key, "default")
        spelled = _as_variable if origin == "environment" else str
        if problem["type"] == "extra_forbidden":
            names = [spelled(name) for name in Config.model_fields]
            near = nearest(spelled(key), names)
            yield f"{origin}: no setting {spelled(key)!r}" + (meant(near) or f"; there are {', '.join(names)}")
        else:
            place = ".".join([spelled(key), *(str(part) for part in problem["loc"][1:])])
            yield f"{origin}: {place} is {problem['input']!r}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _as_variable(key: str) -> str:
    return PREFIX + key.upper()
