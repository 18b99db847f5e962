"""Nodes that hold a value, so that one widget feeds several inputs, and Reroute, which hands any value on."""

from typing import Annotated, Any, NamedTuple

from nodeflow import Field, JsonValue, Multiline, node
from nodeflow import Seed as SeedWidget

CATEGORY = "value"

SAFE_INTEGER = 2**53
"""Beyond it JSON readers in browsers lose digits; seeds have a node of their own."""


@node(category=CATEGORY)
def integer(value: Annotated[int, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)] = 0) -> int:
    """A whole number, within -2^53..2^53."""
    return value


@node(category=CATEGORY)
def number(value: float = 0.0) -> float:
    """A number."""
    return value


@node(category=CATEGORY)
def text(value: Annotated[str, Multiline()] = "") -> str:
    """Text, of several lines if need be."""
    return value


@node(category=CATEGORY)
def boolean(value: bool = False) -> bool:
    """True or false."""
    return value


class Seeded(NamedTuple):
    """What Seed gives."""

    seed: int


@node(category=CATEGORY)
def seed(value: Annotated[int, Field(ge=0, lt=2**64), SeedWidget()] = 0) -> Seeded:
    """A seed, 0..2^64-1, for several nodes at once. Left open (null), it is drawn anew for each run."""
    return Seeded(value)


@node(category=CATEGORY)
def json(value: JsonValue = None) -> JsonValue:
    """Any JSON value: null, true, false, a number, text, a list or an object."""
    return value


@node(category=CATEGORY)
def reroute(value: Any) -> Any:
    """Hand on whatever comes in, unchanged: to lead a link around other nodes."""
    return value
