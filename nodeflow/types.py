"""Wire types: what a link carries. Image, Mask and File are shared by every pipeline; plugins bring others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from nodeflow.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

JSON = Any
"""A value of JSON: None, bool, int, float, str, a list or a dict of them."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """A value taken apart for storage: arrays by name, and JSON for the rest."""

    tensors: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    meta: JSON = None


@runtime_checkable
class Codec(Protocol):
    """How the values of a wire type are stored. `decode(encode(x))` equals x."""

    def encode(self, value: Any) -> Encoded: ...

    def decode(self, encoded: Encoded) -> Any: ...


@dataclass(frozen=True)
class WireType:
    """A type of link: its name, which is that of the Python class of its values, a colour, and how values are stored.

    Without a codec values stay in memory; with `cache=False` they are not kept at all after a run. Raises
    DeclarationError for another name, a colour that is not `#rrggbb` and a codec that cannot encode and decode.
    """

    name: str
    python: type
    color: str
    description: str = ""
    codec: Codec | None = None
    cache: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.python, type):
            raise DeclarationError(f"wire type {self.name!r}: {self.python!r} is no class; give that of its values")
        # An annotation finds its wire type by the name of its class; `json` alone has none.
        if self.name != self.python.__name__ and (self.name, self.python) != ("json", object):
            raise DeclarationError(
                f"wire type {self.name!r}: must be named {self.python.__name__!r}, as the class of its values is"
            )
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.color):
            raise DeclarationError(f"wire type {self.name!r}: color {self.color!r} must look like '#7aa2f7'")
        if self.codec is not None and not isinstance(self.codec, Codec):
            raise DeclarationError(f"wire type {self.name!r}: codec {self.codec!r} must have encode and decode")
        if isinstance(self.codec, type):
            raise DeclarationError(f"wire type {self.name!r}: give a codec, not its class: {self.codec.__name__}()")


def read_only(
    array: object, owner: str, shape: str, *, ndim: int, channels: tuple[int, ...] = ()
) -> NDArray[np.float32]:
    """A read-only view of a float32 array of `ndim` dimensions; the caller's array stays writable.

    Raises ValueError, saying that `owner` wants `shape`, for anything else, for an empty array, and for a last
    dimension that is none of `channels` where there are any.
    """
    good = isinstance(array, np.ndarray) and array.dtype == np.float32 and array.ndim == ndim and array.size > 0
    if not good or not isinstance(array, np.ndarray) or (channels and array.shape[-1] not in channels):
        got = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{owner} wants a numpy array of float32 {shape}, none of them 0; got {got}")
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False)
class Image:
    """Pictures: `pixels` is float32 [batch, height, width, 3 or 4], 0..1, sRGB, read-only; the fourth is alpha.

    Raises ValueError for an array of another type or shape.
    """

    pixels: NDArray[np.float32]

    def __post_init__(self) -> None:
        shape = "[batch, height, width, 3 or 4]"
        object.__setattr__(self, "pixels", read_only(self.pixels, "Image", shape, ndim=4, channels=(3, 4)))

    def __reduce__(self) -> tuple[type[Image], tuple[NDArray[np.float32]]]:
        """Made anew where it is unpickled or copied, as numpy forgets that an array is read-only."""
        return Image, (self.pixels,)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[2], self.pixels.shape[1]


@dataclass(frozen=True, eq=False)
class Mask:
    """Selections: `values` is float32 [batch, height, width], 0..1, 1 where selected, read-only.

    Raises ValueError for an array of another type or shape.
    """

    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values, "Mask", "[batch, height, width]", ndim=3))

    def __reduce__(self) -> tuple[type[Mask], tuple[NDArray[np.float32]]]:
        return Mask, (self.values,)


@dataclass(frozen=True)
class File:
    """A file of the store: the sha256 of its bytes in hexadecimal, a name for people, its media type and size."""

    sha256: str
    name: str
    media_type: str
    size: int


class ArrayCodec:
    """Stores a class around one array."""

    def __init__(self, python: type, attribute: str) -> None:
        self.python, self.attribute = python, attribute

    def encode(self, value: Any) -> Encoded:
        return Encoded({self.attribute: getattr(value, self.attribute)})

    def decode(self, encoded: Encoded) -> Any:
        return self.python(encoded.tensors[self.attribute])


class FileCodec:
    """Stores what names a file; its bytes are in the store already."""

    def encode(self, value: File) -> Encoded:
        return Encoded(meta=[value.sha256, value.name, value.media_type, value.size])

    def decode(self, encoded: Encoded) -> File:
        return File(*encoded.meta)


class JSONCodec:
    """Stores a JSON value as it is."""

    def encode(self, value: JSON) -> Encoded:
        return Encoded(meta=value)

    def decode(self, encoded: Encoded) -> JSON:
        return encoded.meta


class FloatCodec:
    """Stores a number; JSON has no infinities and no NaN, so those are stored by name."""

    def encode(self, value: float) -> Encoded:
        return Encoded(meta=value if math.isfinite(value) else str(value))

    def decode(self, encoded: Encoded) -> float:
        return float(encoded.meta)


SCALARS = (
    WireType("int", int, "#8fbf6f", "A whole number.", JSONCodec()),
    WireType("float", float, "#6fbf9f", "A number.", FloatCodec()),
    WireType("str", str, "#d6a46a", "Text.", JSONCodec()),
    WireType("bool", bool, "#c78f8f", "True or false.", JSONCodec()),
    WireType("json", object, "#a9a9b8", "Any JSON value.", JSONCodec()),
)
PICTURES = "Pictures, float32 [batch, height, width, 3 or 4], 0..1."
SELECTIONS = "Selections, float32 [batch, height, width], 0..1."
BUILT_IN = (
    *SCALARS,
    WireType("Image", Image, "#5b9bf0", PICTURES, ArrayCodec(Image, "pixels")),
    WireType("Mask", Mask, "#7fb08a", SELECTIONS, ArrayCodec(Mask, "values")),
    WireType("File", File, "#b8b8b8", "A file that a run made.", FileCodec()),
)
"""The wire types that every registry starts with."""
