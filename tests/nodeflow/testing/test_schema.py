"""A node type is held to what graphs of the last release depend on."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest

from nodeflow import Field, Node, node
from nodeflow.testing import CheckFailed, check_schema


def old() -> type[Node]:
    @node
    def blur(text: str, radius: Annotated[float, Field(ge=0, description="pixels")] = 2.0) -> str:
        """Blur."""
        return text

    return blur


def same() -> type[Node]:
    @node(category="other", title="Blur it")
    def blur(text: str, radius: Annotated[float, Field(ge=0, description="in pixels")] = 2.0, more: int = 1) -> str:
        """Another description, and one more input, which has a default."""
        return text

    return blur


def later() -> type[Node]:
    @node(version=2)
    def blur(amount: int) -> int:
        return amount

    return blur


def without_radius() -> type[Node]:
    @node
    def blur(text: str) -> str:
        return text

    return blur


def other_default() -> type[Node]:
    @node
    def blur(text: str, radius: Annotated[float, Field(ge=0)] = 3.0) -> str:
        return text

    return blur


def other_range() -> type[Node]:
    @node
    def blur(text: str, radius: Annotated[float, Field(ge=1)] = 2.0) -> str:
        return text

    return blur


def other_type() -> type[Node]:
    @node
    def blur(text: str, radius: Annotated[int, Field(ge=0)] = 2) -> str:
        return text

    return blur


def new_required() -> type[Node]:
    @node
    def blur(text: str, more: int, radius: Annotated[float, Field(ge=0)] = 2.0) -> str:
        return text

    return blur


def other_output() -> type[Node]:
    @node
    def blur(text: str, radius: Annotated[float, Field(ge=0)] = 2.0) -> int:
        return 1

    return blur


def renamed() -> type[Node]:
    @node
    def smooth(text: str, radius: Annotated[float, Field(ge=0)] = 2.0) -> str:
        return text

    return smooth


@pytest.fixture
def file(tmp_path: Path) -> Path:
    check_schema([old()], tmp_path / "schema.json")
    return tmp_path / "schema.json"


def test_the_file_is_written_where_there_is_none_and_left_alone_then(file: Path) -> None:
    written = file.read_text()
    assert json.loads(written)["Blur"]["version"] == 1
    for now in (old(), same(), later()):
        check_schema([now, renamed()], file)
    assert file.read_text() == written


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (without_radius, "Blur.radius: the input is gone"),
        (other_default, "Blur.radius: default was 2.0 and is 3.0"),
        (other_range, 'Blur.radius: schema was {"default": 2.0'),
        (other_type, 'Blur.radius: type was "float" and is "int"'),
        (new_required, "Blur.more: the input is new, and has no default"),
        (other_output, "Blur.text: the output is gone"),
        (renamed, "Blur is gone; keep it, as deprecated = True"),
    ],
)
def test_what_would_break_a_graph_is_found(file: Path, now: Any, said: str) -> None:
    with pytest.raises(CheckFailed) as raised:
        check_schema([now()], file)
    assert said.partition("{")[0] in str(raised.value)
    assert "raise the version of the node" in str(raised.value)


def test_a_version_does_not_go_back(tmp_path: Path) -> None:
    check_schema([later()], tmp_path / "schema.json")
    with pytest.raises(CheckFailed, match="Blur went back from version 2 to 1"):
        check_schema([old()], tmp_path / "schema.json")
