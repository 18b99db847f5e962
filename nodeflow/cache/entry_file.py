"""One cached step as one safetensors file: a manifest in the metadata, a digest of every part, no pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

from nodeflow import json_document
from nodeflow.cache.entry import Entry
from nodeflow.errors import NodeflowError
from nodeflow.problems import Problems
from nodeflow.types import Encoded, File, WireType

MANIFEST = "nodeflow"
DIGEST = "nodeflow.sha256"
LENGTH = 8
MAX_HEADER = 100 * 2**20

Form = dict[str, Any] | None
"""A value without its arrays: JSON."""

Tensors = dict[str, NDArray[Any]]


class DamagedError(NodeflowError):
    """A file that is not, bit for bit, what was written."""


class UnstorableError(NodeflowError):
    """A value whose type has no codec."""


def write(path: Path, key: str, entry: Entry, types: Mapping[str, WireType]) -> None:
    """Write an entry; raises `UnstorableError` when one of its outputs has no form on disk."""
    tensors: Tensors = {}
    outputs = {
        name: _encode(value, entry.types.get(name, "any"), types, tensors) for name, value in entry.outputs.items()
    }
    manifest = {
        "key": key,
        "type": entry.type,
        "node_id": entry.node_id,
        "seconds": entry.seconds,
        "parts": entry.parts,
        "types": dict(entry.types),
        "outputs": outputs,
        "artifacts": [asdict(file) for file in entry.artifacts],
        "tensors": {name: _digest(tensor) for name, tensor in tensors.items()},
    }
    if entry.warnings:
        manifest["warnings"] = {step: list(messages) for step, messages in entry.warnings.items()}
    # Not sorted: the order of names in a JSON value comes back as it was.
    text = json.dumps(manifest, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    save_file(tensors, path, {MANIFEST: text, DIGEST: hashlib.sha256(text.encode()).hexdigest()})


def read(stream: BinaryIO, key: str, types: Mapping[str, WireType]) -> Entry:
    """Read an entry back; raises `DamagedError` for any difference from what was written, and `OSError`."""
    data = stream.read()
    manifest = _manifest(data)
    if manifest["key"] != key:
        raise DamagedError(f"the file holds the entry {manifest['key']}")
    try:
        tensors: Tensors = load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedError(f"the tensors cannot be read: {error}") from error
    if {name: _digest(tensor) for name, tensor in tensors.items()} != manifest["tensors"]:
        raise DamagedError("a tensor differs from its digest")
    try:
        return _entry(manifest, types, tensors)
    except Exception as error:
        # A codec is a plugin's; it may have changed its mind about what it wrote.
        raise DamagedError(f"its outputs cannot be decoded: {error}") from error


def _entry(manifest: Mapping[str, Any], types: Mapping[str, WireType], tensors: Tensors) -> Entry:
    return Entry(
        outputs={name: _decode(form, types, tensors) for name, form in manifest["outputs"].items()},
        artifacts=tuple(File(**file) for file in manifest["artifacts"]),
        warnings={step: tuple(messages) for step, messages in manifest.get("warnings", {}).items()},
        **{name: manifest[name] for name in ("seconds", "type", "parts", "types", "node_id")},
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """What a file says of itself, without its tensors; raises `DamagedError` and `FileNotFoundError`."""
    with path.open("rb") as stream:
        start = stream.read(LENGTH)
        return _manifest(start + stream.read(min(int.from_bytes(start, "little"), MAX_HEADER)))


def _manifest(data: bytes) -> dict[str, Any]:
    size = int.from_bytes(data[:LENGTH], "little")
    try:
        metadata = json.loads(data[LENGTH : LENGTH + size])["__metadata__"]
        text, digest = metadata[MANIFEST], metadata[DIGEST]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"the header cannot be read: {error}") from error
    if not isinstance(text, str) or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() != digest:
        raise DamagedError("the manifest differs from its digest")
    manifest: dict[str, Any] = json.loads(text)
    return manifest


def _digest(tensor: NDArray[Any]) -> str:
    digest = hashlib.sha256(f"{tensor.dtype.str}{tensor.shape}".encode())
    digest.update(np.ascontiguousarray(tensor).data)
    return digest.hexdigest()


def _encode(value: Any, name: str, types: Mapping[str, WireType], tensors: Tensors) -> Form:
    """The form of a value in the manifest; its arrays go into `tensors`."""
    if value is None:
        return None
    if isinstance(value, list | tuple) and (inner := _inner(name)) is not None:
        return {"list": [_encode(item, inner, types, tensors) for item in value]}
    wire = types.get(name) or _wire_type_of(value, types)
    if wire.codec is None:
        raise UnstorableError(f"the type {wire.name!r} has no codec")
    encoded = wire.codec.encode(value)
    if not _is_json(encoded.meta):
        raise UnstorableError(f"what the codec of {wire.name!r} calls meta is not JSON")
    places = {}
    for part, tensor in encoded.tensors.items():
        places[part] = place = f"{len(tensors)}.{wire.name}.{part}"
        tensors[place] = np.asarray(tensor, dtype=tensor.dtype.newbyteorder("<"), order="C")
    return {"type": wire.name, "meta": encoded.meta, "tensors": places}


def _inner(name: str) -> str | None:
    """What a list type holds: `Image` for `list[Image]`, None for what is no list."""
    return name.removeprefix("list[").removesuffix("]") if name.startswith("list[") else None


def _wire_type_of(value: Any, types: Mapping[str, WireType]) -> WireType:
    """The wire type of what came out of an output of any type: by its class, or JSON."""
    for wire in types.values():
        if type(value) is wire.python and wire.python is not object:
            return wire
    if "json" in types and _is_json(value):
        return types["json"]
    raise UnstorableError(f"{type(value).__name__} is no wire type")


def _is_json(value: Any) -> bool:
    problems = Problems()
    json_document.check(value, problems)
    return len(problems) == 0


def _decode(form: Form, types: Mapping[str, WireType], tensors: Tensors) -> Any:
    if form is None:
        return None
    if "list" in form:
        return [_decode(item, types, tensors) for item in form["list"]]
    wire = types.get(form["type"])
    if wire is None or wire.codec is None:
        raise DamagedError(f"there is no codec for {form['type']!r} any more")
    parts = {part: tensors[place] for part, place in form["tensors"].items()}
    return wire.codec.decode(Encoded(tensors=parts, meta=form["meta"]))
