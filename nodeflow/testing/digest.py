"""Whether two values are the same, bit by bit: by a digest of what their codecs make of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from nodeflow import keys
from nodeflow.errors import NodeflowError
from nodeflow.registry import Registry
from nodeflow.types import File


class OpaqueError(NodeflowError):
    """A value that cannot be looked into; the message says which, and what would help."""


def digest(value: Any, registry: Registry) -> str:
    """A sha256 that two values share only if they are the same. Raises OpaqueError for what cannot be looked into."""
    return hashlib.sha256(keys.canonical(_plain(value, registry))).hexdigest()


def _plain(value: Any, registry: Registry) -> Any:
    """A value as JSON, arrays by their digests, floats to the bit."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, list | tuple):
        return [_plain(item, registry) for item in value]
    if isinstance(value, Mapping):
        return {"object": [[_plain(key, registry), _plain(item, registry)] for key, item in value.items()]}
    return {type(value).__qualname__: _taken_apart(value, registry)}


def _taken_apart(value: Any, registry: Registry) -> Any:
    if isinstance(value, np.ndarray):
        data = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return [str(value.dtype), list(value.shape), data]
    if isinstance(value, File):
        return value.sha256
    wire = next(
        (wire for wire in registry.types.values() if wire.codec is not None and type(value) is wire.python), None
    )
    if wire is not None and wire.codec is not None:
        encoded = wire.codec.encode(value)
        return [_plain(dict(encoded.tensors), registry), _plain(encoded.meta, registry)]
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), registry) for each in dataclasses.fields(value)}
    raise OpaqueError(f"a {type(value).__qualname__} cannot be looked into; give its wire type a codec")
