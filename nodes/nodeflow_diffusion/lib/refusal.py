"""What a file is that is no checkpoint, and the error that says so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

RIGHT: Final = "right would be a .safetensors file in Stable Diffusion's single-file layout, or a diffusers folder"


class CheckpointError(ValueError):
    """A file or folder is not what was asked for; the message says what it is and what would be right."""


_MAGIC: Final = (
    (b"PK\x03\x04", "a zip archive, as torch.save writes them: a pickle, which could run any code"),
    (b"\x80", "a pickle, which could run any code"),
    (b"GGUF", "a GGUF file"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it stands for"),
    (b"<", "a web page or other markup, such as a download leaves that needed a login"),
    (b"{", "JSON or other text"),
)
_KINDS: Final = (
    ("a LoRA", ("lora_up.", "lora_down.", "lora_A.", "lora_B.", ".lora.", "hada_w", "lokr_w")),
    ("an SDXL checkpoint", ("conditioner.embedders.",)),
    ("an SD 3 model", ("joint_blocks.",)),
    ("a Flux model", ("double_blocks.", "double_stream_blocks.")),
    ("a ControlNet", ("control_model.", "input_hint_block.", "controlnet_cond_embedding.")),
    ("a textual inversion embedding", ("emb_params", "string_to_param")),
    ("a part of a diffusers folder by itself", ("down_blocks.", "up_blocks.")),
    ("a text encoder by itself", ("text_model.", "encoder.layer.", "encoder.block.")),
)


def refuse_unreadable(path: Path) -> None:
    """Raises CheckpointError unless `path` is a safetensors file, and a whole one, by its first bytes and its size."""
    if not path.exists():
        raise CheckpointError(f"there is no {str(path)!r}; {RIGHT}")
    if path.is_dir():
        raise CheckpointError(f"{path.name!r} is a folder where a file was expected; {RIGHT}")
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        raise CheckpointError(f"{path.name!r} is empty; {RIGHT}")
    # The length of the header comes first, and may begin like anything: 128 is the first byte of a pickle.
    if not _begins_right(start):
        for magic, kind in _MAGIC:
            if start.lstrip().startswith(magic):
                raise CheckpointError(f"{path.name!r} is {kind}; {RIGHT}")
    _refuse_truncated(path)


def _begins_right(start: bytes) -> bool:
    """Whether a file begins as a safetensors file does: with a length below a hundred megabytes, and a JSON object."""
    return len(start) > 8 and int.from_bytes(start[:8], "little") <= 100_000_000 and start[8:9] == b"{"


def _refuse_truncated(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > 100_000_000 or file.read(1) != b"{":
            raise CheckpointError(f"{path.name!r} does not begin as a safetensors file does; {RIGHT}")
        file.seek(8)
        header = file.read(length)
    if len(header) < length:
        raise CheckpointError(f"{path.name!r} is cut off: it ends inside its header, after {size} bytes; copy it again")
    try:
        offsets = [entry["data_offsets"][1] for name, entry in json.loads(header).items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise CheckpointError(f"{path.name!r} has a damaged safetensors header ({error}); copy it again") from error
    whole = 8 + length + max(offsets, default=0)
    if size < whole:
        raise CheckpointError(f"{path.name!r} is cut off: it has {size} bytes of {whole}; copy it again")


def kind_of(names: Iterable[str]) -> str:
    """In words, what a file with tensors of these names holds."""
    names = list(names)
    for kind, marks in _KINDS:
        if any(mark in name for name in names for mark in marks):
            return kind
    if not names:
        return "a file without tensors"
    return f"a file of {len(names)} tensors such as {', '.join(repr(name) for name in names[:3])}"
