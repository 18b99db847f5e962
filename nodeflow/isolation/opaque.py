"""Wire types of isolated plugins: here their values are what the codec there has made of them, and stay so."""

from __future__ import annotations

from dataclasses import dataclass

from nodeflow.errors import NodeflowError
from nodeflow.types import Encoded, WireType


@dataclass(frozen=True, eq=False)
class Opaque:
    """A value that only its own plugin's process can look into."""

    encoded: Encoded


@dataclass(frozen=True)
class Elsewhere:
    """A named choice of an isolated plugin, for whose nodes alone it is."""

    name: str
    owner: str

    def __call__(self, *_: object, **__: object) -> None:
        raise NodeflowError(f"{self.name!r} is in the process of plugin {self.owner!r}; only its own nodes can use it")


@dataclass(frozen=True)
class OpaqueCodec:
    """Takes nothing apart that is in parts already."""

    python: type[Opaque]

    def encode(self, value: Opaque) -> Encoded:
        return value.encoded

    def decode(self, encoded: Encoded) -> Opaque:
        return self.python(encoded)


def opaque_type(name: str, color: str, description: str, *, cache: bool) -> WireType:
    """The wire type here of one whose class is there."""
    python = type(name, (Opaque,), {"__doc__": description})
    return WireType(name, python, color, description, OpaqueCodec(python), cache=cache)
