"""Settings: defaults, a TOML file, NODEFLOW_* variables and the command line, in this order, the last one winning."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, ValidationError

from nodeflow.errors import ConfigError
from nodeflow.problems import meant, nearest

PREFIX = "NODEFLOW_"
# Read where they act, no settings: which file to read, whether a traceback is shown, how the editor is built.
APART = frozenset({"NODEFLOW_CONFIG", "NODEFLOW_TRACEBACK", "NODEFLOW_WEB", "NODEFLOW_NODE"})


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

    data_dir: Folder = Field(default_factory=_data_dir, description="holds the file store, models/<kind>/ and plugins/")
    cache_dir: Folder = Field(default_factory=_cache_dir, description="holds the results of finished steps")
    cache_memory: ByteSize = Field(ByteSize(1 << 30), description="bytes of results kept in memory")
    cache_disk: ByteSize = Field(ByteSize(10 << 30), description="bytes of results kept on disk; 0 keeps none")
    model_memory: ByteSize | None = Field(None, description="bytes of loaded models; half of the memory when not given")
    cpus: int | None = Field(None, ge=1, description="steps that may run side by side; every core when not given")
    device: str = Field("auto", description="auto, cpu, cuda, mps; of several GPUs one: cuda:0, cuda:1, ...")
    dtype: str = Field("auto", description="auto, float32, bfloat16, float16")
    disabled_plugins: tuple[str, ...] = Field((), strict=False, description="names of plugins not to load")
    isolated_plugins: tuple[str, ...] = Field(
        (), strict=False, description="names of plugins to run in a process of their own"
    )
    executors: dict[str, str] = Field(
        default_factory=dict, description="what carries out a plugin's nodes, or a node type, instead of the worker"
    )
    development: bool = Field(default=False, description="load plugins anew when their files change")
    plugin_folders: tuple[Folder, ...] = Field(
        (), strict=False, description="folders whose files are plugins, beside plugins/ of the data folder"
    )
    model_folders: dict[str, Annotated[tuple[Folder, ...], Field(strict=False)]] = Field(
        default_factory=dict, description="folders to look in for models, by kind"
    )
    extra_model_paths: tuple[Folder, ...] = Field(
        (), strict=False, description="ComfyUI's extra_model_paths.yaml files"
    )
    comfyui_roots: tuple[Folder, ...] = Field((), strict=False, description="ComfyUI installations whose models to use")
    a1111_roots: tuple[Folder, ...] = Field((), strict=False, description="A1111 installations whose models to use")
    devices: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        ("auto",), strict=False, description="one worker process of the server for each: cuda:0 and cuda:1, say"
    )
    worker_memory: ByteSize | None = Field(
        None, ge=1, description="bytes beyond which a worker is ended; nine tenths of the memory when not given"
    )
    worker_grace: float = Field(10.0, ge=0, description="seconds a cancelled run has before its worker is ended")
    attempts: int = Field(3, ge=1, description="times that a run may take its worker with it before it has failed")
    keep_events: int = Field(1_000_000, ge=1_000, description="events that are kept, the newest ones")
    keep_events_days: float = Field(30.0, gt=0, description="days that events are kept")
    keep_files_days: float = Field(7.0, ge=0, description="days that files of deleted runs are kept")
    host: str = Field("127.0.0.1", description="the address to serve at; all but loopback ones need a token")
    port: int = Field(8188, ge=0, le=65535, description="the port to serve at; 0 takes a free one")
    token_file: Folder | None = Field(None, description="holds the token that requests must bring")
    allowed_hosts: tuple[str, ...] = Field((), strict=False, description="names that the server may be asked for by")
    allowed_origins: tuple[str, ...] = Field((), strict=False, description="other sites whose pages may use the server")
    max_request: ByteSize = Field(ByteSize(16 << 20), description="bytes of a request's JSON, graphs included")
    max_upload: ByteSize = Field(ByteSize(256 << 20), description="bytes of an uploaded file")
    max_pixels: int = Field(1 << 26, ge=1, description="pixels of an uploaded picture, all frames together")
    webhooks: Literal["off", "public", "any"] = Field("off", description="which addresses may be told of ended runs")


PATHS = frozenset({"data_dir", "cache_dir", "token_file"})
PATH_LISTS = frozenset({"extra_model_paths", "comfyui_roots", "a1111_roots", "plugin_folders"})
NAME_LISTS = frozenset({"devices", "disabled_plugins", "isolated_plugins", "allowed_hosts", "allowed_origins"})
NUMBERS = frozenset({"attempts", "cpus", "keep_events", "max_pixels", "port"})
REALS = frozenset({"keep_events_days", "keep_files_days", "worker_grace"})
TRUTHS = {"true": True, "false": False}
REAL = re.compile(r"[0-9]+(\.[0-9]+)?")


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
    # Many have no such file.
    import tomllib

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
        elif key in NAME_LISTS:
            yield key, [part.strip() for part in text.split(",") if part.strip()]
        elif key in NUMBERS:
            yield key, int(text) if text.isdecimal() else text
        elif key in REALS:
            yield key, float(text) if REAL.fullmatch(text) else text
        elif key == "development":
            yield key, TRUTHS.get(text.lower(), text)
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
