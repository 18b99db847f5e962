"""Telling what a model file is: by detectors that plugins bring, which look at the file and name its loader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nodeflow.errors import DeclarationError
from nodeflow.folders import check_kind


@dataclass(frozen=True)
class Detected:
    """What a model file is: a few words, and what else there is to say of it.

    `loader` is the node type that loads it, empty where there is none here, and `input` its input that takes the
    file's name. `details` are for people: text by name.
    """

    label: str
    loader: str = ""
    input: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.label:
            raise DeclarationError("what was detected needs a label, such as 'Stable Diffusion 1.x checkpoint'")
        if bool(self.loader) != bool(self.input):
            raise DeclarationError(f"detected {self.label!r}: give loader and input together, or neither")


@dataclass(frozen=True)
class Detector:
    """Looks at the files of some kinds of model folders, such as `checkpoints`.

    `detect(path)` gives a `Detected`, or None for a file that it does not know. It is called in the server, too, so it
    must not import torch, nor read more than the beginning of a file. Raises DeclarationError, and ConfigError for a
    kind that cannot be.
    """

    kinds: tuple[str, ...]
    detect: Callable[[Path], Detected | None]

    def __post_init__(self) -> None:
        if not isinstance(self.kinds, tuple) or not self.kinds:
            raise DeclarationError(f"a detector's kinds are a tuple, such as ('checkpoints',), not {self.kinds!r}")
        for kind in self.kinds:
            check_kind(kind)
        if not callable(self.detect):
            raise DeclarationError(f"a detector's detect must be a function, not {self.detect!r}")
