"""A few node types, registered as a plugin's would be, and a builder for them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import Field, JsonValue

from nodeflow.builder import Builder
from nodeflow.folders import Folders, ModelFolder
from nodeflow.node import Node, node
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.store import Store
from nodeflow.types import Image, Mask
from nodeflow.widgets import Choices, FileChoice, Seed


class Mode(StrEnum):
    SOFT = "soft"
    HARD = "hard"


class Parts(NamedTuple):
    color: Image
    alpha: Mask


class Ratio(NamedTuple):
    quotient: int
    id: int


class Blank(Node):
    """A picture of one colour."""

    width: Annotated[int, Field(ge=1, le=8192)] = 512
    color: Annotated[str, Choices("colors")] = "black"

    def run(self, ctx: Any) -> Image: ...


@node
def blur(
    image: Image, radius: Annotated[float, Field(ge=0, le=100)] = 2.0, mask: Mask | None = None, mode: Mode = Mode.SOFT
) -> Image: ...


@node
def split(image: Image) -> Parts: ...


@node
def divide(a: int, b: int = 1) -> Ratio:
    return Ratio(a // b, a % b)


@node
def add(a: float, b: float = 1.0) -> float:
    return a + b


@node
def draw(seed: Annotated[int, Field(ge=0, lt=2**64), Seed()] = 0) -> int:
    return seed


@node
def load(file: Annotated[str, FileChoice("pictures")]) -> Image: ...


@node
def data(value: JsonValue = None, sizes: tuple[int, int] = (1, 2), id: str = "") -> JsonValue: ...  # noqa: A002


@node
def stop(number: float) -> None: ...


@pytest.fixture(scope="session")
def registry() -> Registry:
    registry = Registry()
    registry.add_nodes(NodeSpec.of(each) for each in (Blank, blur, split, divide, add, draw, load, data, stop))
    registry.add_nodes([NodeSpec.of(blur, name="acme/VAEBlur", owner="acme")])
    registry.add_choices("colors", {"black": 1, "blue": 2}, "test")
    return registry


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cat.safetensors").write_bytes(b"cat")
    return Folders((ModelFolder("pictures", tmp_path / "pictures"),), store=Store(tmp_path / "store"))


@pytest.fixture
def builder(registry: Registry, folders: Folders) -> Builder:
    return Builder(registry, folders)
