"""Ports: defaults, descriptions for editors, JSON Schemas, and which outputs fit which inputs."""

import enum
import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue

from nodeflow.errors import DeclarationError, ValueProblem
from nodeflow.spec import Port
from nodeflow.types import Image, Mask
from nodeflow.widgets import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider


class Mode(enum.StrEnum):
    FAST = "fast"
    GOOD = "good"


def port(annotation: Any, default: Any = ...) -> Port:
    return Port.of("x", annotation, "Node.x", default=default)


def test_without_a_default_it_is_required() -> None:
    assert port(int).required
    assert not port(int, 0).required
    assert not port(Mask | None, None).required


def test_the_default_is_what_checking_makes_of_it() -> None:
    assert repr(port(float, 2).default) == "2.0"
    assert port(Mode, "fast").default is Mode.FAST
    assert port(list[int], (1, 2)).default == [1, 2]


@pytest.mark.parametrize(
    ("annotation", "default", "said"),
    [
        (int, 1.5, "the default 1.5 does not fit: expected a whole number, got 1.5"),
        (int, True, "the default True does not fit"),
        (Annotated[int, Field(ge=0)], -1, "expected at least 0, got -1"),
        (Literal["a", "b"], "c", 'expected one of a, b, got "c"'),
        (str, None, "the default None does not fit str; annotate it str | None"),
        (Image, None, "annotate it Image | None"),
    ],
)
def test_a_default_that_does_not_fit_is_refused(annotation: Any, default: Any, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        port(annotation, default)
    assert str(caught.value).startswith("Node.x: ")
    assert said in str(caught.value)


def test_a_constraint_that_does_not_fit_its_type_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"Node\.x: .* cannot be checked"):
        port(Annotated[bool, Field(max_length=3)], default=True)


def test_any_and_json_take_none_as_default() -> None:
    assert port(Any, None).default is None
    assert port(JsonValue, None).default is None


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, True),
        (Mode, True),
        (JsonValue, True),
        (list[float], True),
        (Image, False),
        (list[Image], False),
        (Any, False),
        (list[Any], False),
    ],
)
def test_literals_are_for_what_json_can_say(annotation: Any, value: bool) -> None:
    assert port(annotation).value is value


def test_a_wire_type_takes_no_literal() -> None:
    with pytest.raises(ValueProblem, match=r'expected a link that carries Image, got "a\.png"') as caught:
        port(Image).validate("a.png")
    assert caught.value.code == "wrong_type"
    assert port(Image | None).validate(None) is None


@pytest.mark.parametrize(
    ("annotation", "output", "fits"),
    [
        (Image, "Image", True),
        (Image, "Mask", False),
        (Image, "list[Image]", False),
        (list[Image], "Image", False),
        (list[Image], "list[Image]", True),
        (tuple[int, int], "list[int]", True),
        (float, "int", True),
        (int, "float", False),
        (int, "bool", False),
        (str, "json", False),
        (Any, "Image", True),
        (Any, "list[Image]", True),
        (Image, "any", True),
        (Mask | None, "Mask", True),
    ],
)
def test_linking(annotation: Any, output: str, fits: bool) -> None:
    assert port(annotation).takes(output) is fits


def test_a_list_fits_a_tuple_and_a_tuple_a_list() -> None:
    assert port(tuple[int, int]).validate([1, 2]) == (1, 2)
    assert port(list[int]).validate((1, 2)) == [1, 2]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (int, {"type": "integer"}),
        (Annotated[int, Field(ge=0, lt=2**64)], {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**64}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Mode, {"type": "string", "enum": ["fast", "good"], "title": "Mode"}),
        (list[Mode], {"type": "array", "items": {"type": "string", "enum": ["fast", "good"], "title": "Mode"}}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (Annotated[list[float], Field(max_length=3)], {"type": "array", "items": {"type": "number"}, "maxItems": 3}),
        (float | None, {"anyOf": [{"type": "number"}, {"type": "null"}]}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (JsonValue, {}),
        (Image, {}),
    ],
)
def test_schema(annotation: Any, schema: dict[str, Any]) -> None:
    assert port(annotation).schema == schema


def test_the_schema_is_that_of_pydantic() -> None:
    """What we put around types to check them strictly shows in no schema."""

    class Plain(BaseModel):
        x: tuple[int, Annotated[float, Field(ge=0)]] | None
        y: Annotated[str, Field(pattern="^a", description="text")]

    properties = Plain.model_json_schema()["properties"]
    for name, annotation in (
        ("x", tuple[float, Annotated[float, Field(ge=0)]] | None),
        ("y", Annotated[str, Field(pattern="^a", description="text")]),
    ):
        expected = {key: value for key, value in properties[name].items() if key != "title"}
        if name == "x":
            expected["anyOf"][0]["prefixItems"][0]["type"] = "number"
        assert port(annotation).schema == expected


def test_described_for_editors() -> None:
    seed = port(Annotated[int, Field(ge=0, title="Seed", description="of the noise"), Seed()], 7)
    assert seed.described() == {
        "name": "x",
        "type": "int",
        "title": "Seed",
        "description": "of the noise",
        "schema": seed.schema,
        "default": 7,
        "widget": {"seed": True},
    }
    mask = port(Mask | None, None)
    assert mask.described() == {"name": "x", "type": "Mask", "title": "x", "nullable": True, "default": None}


@pytest.mark.parametrize(
    ("annotation", "widget"),
    [
        (Annotated[str, Choices("samplers")], {"choices": "samplers"}),
        (Annotated[str, FileChoice("loras")], {"files": "loras"}),
        (Annotated[str, FileChoice("images"), Painted()], {"files": "images", "painted": True}),
        (Annotated[str, Multiline(prompt=True)], {"multiline": True, "prompt": True}),
        (Annotated[float, Slider(0.05)], {"slider": True, "step": 0.05}),
        (Annotated[int, Seed()], {"seed": True}),
        (Annotated[Any, Lazy()], {}),
        (int, {}),
    ],
)
def test_widgets(annotation: Any, widget: dict[str, Any]) -> None:
    assert port(annotation).widget == widget


def test_hints_are_found_by_their_class() -> None:
    file = port(Annotated[str, FileChoice("loras")])
    assert file.file_choice == file.choices == FileChoice("loras")
    assert port(Annotated[str, Choices("loras")]).file_choice is None
    assert port(Annotated[Any, Lazy()]).lazy
    assert port(Annotated[int, Seed()]).seed


def test_ports_that_say_the_same_are_equal() -> None:
    first, second = (port(Annotated[int, Field(ge=0), Seed()], 1) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert first != port(Annotated[int, Field(ge=1), Seed()], 1)


DEFAULTS = {int: st.integers(), float: st.floats(allow_nan=False, allow_infinity=False), str: st.text()}


@given(st.data())
def test_a_description_is_json_whatever_the_default(data: st.DataObject) -> None:
    scalar = data.draw(st.sampled_from(list(DEFAULTS)))
    items = data.draw(st.lists(DEFAULTS[scalar], max_size=3))
    described = port(tuple[scalar, ...], tuple(items)).described()
    assert json.loads(json.dumps(described))["default"] == items
