"""Annotations: the wire type that each means, or why it means none."""

import enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import Field, JsonValue, PositiveInt

from nodeflow.errors import DeclarationError
from nodeflow.spec.annotation import read
from nodeflow.types import Image
from nodeflow.widgets import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider


class Mode(enum.StrEnum):
    FAST = "fast"


class Old(str, enum.Enum):  # noqa: UP042 (authors still write it)
    A = "a"


class Level(enum.IntEnum):
    ONE = 1


class Plain(enum.Enum):
    A = "a"


class Empty(enum.StrEnum):
    pass


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (int, "int"),
        (float, "float"),
        (str, "str"),
        (bool, "bool"),
        (PositiveInt, "int"),
        (Any, "any"),
        (object, "any"),
        (JsonValue, "json"),
        (dict, "json"),
        (dict[str, int], "json"),
        (Literal["a", "b"], "str"),
        (Literal[1, 2], "int"),
        (Mode, "str"),
        (Old, "str"),
        (Level, "int"),
        (Image, "Image"),
        (Path, "Path"),
        (list[Image], "list[Image]"),
        (list[Annotated[int, Field(ge=0)]], "list[int]"),
        (list[Any], "list[any]"),
        (tuple[int, ...], "list[int]"),
        (tuple[float, float, float], "list[float]"),
        (tuple[Image, Image], "list[Image]"),
    ],
)
def test_means(annotation: Any, name: str) -> None:
    meaning = read(annotation, "Node.x")
    assert (meaning.type, meaning.nullable) == (name, False)


@pytest.mark.parametrize(
    "annotation",
    [
        Image | None,
        None | Image,
        Optional[Image],  # noqa: UP045 (it is what is tested)
        Annotated[Image | None, Lazy()],
        Annotated[Image, Lazy()] | None,
        Annotated[Annotated[Image, Field(description="a picture")] | None, Lazy()],
    ],
)
def test_null_may_stand_anywhere(annotation: Any) -> None:
    meaning = read(annotation, "Node.x")
    assert (meaning.type, meaning.nullable, meaning.python) == ("Image", True, Image)


def test_the_class_is_that_of_a_wire_type_alone() -> None:
    assert read(list[Image], "Node.x").python is Image
    assert read(int, "Node.x").python is None
    assert read(Mode, "Node.x").python is None


def test_descriptions_titles_and_hints_are_found_on_both_sides_of_null() -> None:
    inner = Annotated[int, Field(description="inner", ge=0), Slider(2)] | None
    meaning = read(Annotated[inner, Field(title="Outer"), Seed()], "Node.x")
    assert (meaning.description, meaning.title, set(meaning.hints)) == ("inner", "Outer", {Slider(2), Seed()})


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (int | str, "is no wire type; use int"),
        (int | str | None, "is no wire type"),
        (list, "must say of what it is a list"),
        (tuple, "must say of what it is a list"),
        (tuple[int, str], "one type for all its items"),
        (list[list[int]], "is a list of lists"),
        (list[int | None], "is no wire type"),
        (Literal["a", 1], "all text or all whole numbers, got 'a', 1"),
        (Literal[True, False], "all text or all whole numbers"),
        (Plain, "a StrEnum or an IntEnum"),
        (Empty, "got none"),
        (set[int], "is no wire type"),
        (Annotated[int, Choices("samplers")], "Choices is for str or list[str], not for int"),
        (Annotated[list[str], FileChoice("loras")], "FileChoice is for str, not for list[str]"),
        (Annotated[float, Seed()], "Seed is for int, not for float"),
        (Annotated[bool, Slider()], "Slider is for int or float, not for bool"),
        (Annotated[int, Multiline()], "Multiline is for str, not for int"),
        (Annotated[int, Painted()], "Painted is for str, not for int"),
        (Annotated[int, Seed], "write Seed(...), not the class Seed"),
        (Annotated[int, Field(default=3)], "a default stands behind the annotation"),
        (Annotated[int, Field(default_factory=int)], "a default stands behind the annotation"),
        ("Image", "is no wire type"),
    ],
)
def test_refuses(annotation: Any, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read(annotation, "Blur.radius")
    assert str(caught.value).startswith("Blur.radius: ")
    assert said in str(caught.value)


def test_choices_may_be_several() -> None:
    assert read(Annotated[list[str], Choices("samplers")], "Node.x").hints == (Choices("samplers"),)
