"""Every node of the basic and the image pack keeps the promises of a node, on inputs drawn from its declaration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_basic.plugin import NODES as BASIC
from nodeflow_image.blending import BLEND_MODES
from nodeflow_image.plugin import NODES as IMAGE
from nodeflow_image.plugin import nodeflow_model_folders
from nodeflow_image.sample_pictures import SAMPLES

from nodeflow import Context, File, Image, Mask
from nodeflow.folders import Folders
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port
from nodeflow.store import Store

QUICK = settings(max_examples=15, deadline=None)
SPECS = {spec.name: spec for spec in map(NodeSpec.of, (*BASIC, *IMAGE))}
HEIGHT, WIDTH, LARGEST = 5, 6, 12
SCALARS = {"int": int, "float": float, "str": str, "bool": bool}
SUCCEEDING: dict[str, dict[str, object]] = {
    "CropImage": {"width": 3, "height": 2},
    "LoadImage": {"image": "scene.png"},
    "LoadImageMask": {"image": "scene-mask.png"},
}
"""Values with which those nodes do not refuse."""


def arrays(*shape: int) -> st.SearchStrategy[np.ndarray]:
    """Random values in steps of 1/255; drawn by numpy, for speed."""
    draw = st.integers(0, 2**32 - 1).map(np.random.default_rng)
    return draw.map(lambda random: random.integers(0, 256, shape).astype(np.float32) / np.float32(255))


@st.composite
def images(draw: st.DrawFn) -> Image:
    shape = draw(st.sampled_from([1, 2])), HEIGHT, WIDTH, draw(st.sampled_from([3, 4]))
    return Image(draw(arrays(*shape)))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    return Mask(draw(arrays(draw(st.sampled_from([1, 2])), HEIGHT, WIDTH)))


def literals(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a JSON Schema, as far as these nodes use them; numbers are kept small."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([literals(option) for option in schema["anyOf"]])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))
    low, high = schema.get("minimum", -LARGEST), min(schema.get("maximum", LARGEST), LARGEST)
    return {
        "integer": st.integers(low, high),
        "number": st.floats(low, high),
        "boolean": st.booleans(),
        "string": st.text(min_size=schema.get("minLength", 0), max_size=8),
        "null": st.none(),
        "object": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    }[schema["type"]]


def values(port: Port) -> st.SearchStrategy[Any]:
    if port.type == "Image":
        return images()
    if port.type == "Mask":
        return st.none() | masks() if port.nullable else masks()
    if port.file_choice is not None:
        return st.sampled_from(sorted(SAMPLES))
    if port.choices is not None:
        return st.sampled_from(sorted(BLEND_MODES))
    if port.type == "any" or not port.schema.get("type", port.schema.get("anyOf", port.schema.get("enum"))):
        return st.sampled_from([1, 2.5, "text", True, [1, None]])
    return literals(port.schema)


def inputs(spec: NodeSpec) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values(port) for name, port in spec.inputs.items()})


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    store = Store(tmp_path_factory.mktemp("store"))
    registry = Registry()
    registry.add_choices("blend_modes", BLEND_MODES, "image")
    folders = Folders(tuple(nodeflow_model_folders()), store=store)
    return Context(store=store, folders=folders, choices=registry)


def comparable(value: object) -> object:
    """A value that `==` compares by content, and that changes when an array does."""
    if isinstance(value, Image | Mask):
        array = value.pixels if isinstance(value, Image) else value.values
        return type(value), array.shape, array.tobytes()
    if isinstance(value, tuple | list):
        return [comparable(part) for part in value]
    return type(value), value


def outcome(spec: NodeSpec, given_inputs: Mapping[str, Any], ctx: Context) -> object:
    """What the node returns, or the ValueError with which it refuses."""
    try:
        return spec.node(**given_inputs).run(ctx)
    except ValueError as error:
        return error


def check_declared(value: object, wire: str) -> None:
    if wire.startswith("list["):
        assert isinstance(value, list)
        for part in value:
            check_declared(part, wire.removeprefix("list[").removesuffix("]"))
    elif wire in ("Image", "Mask"):
        assert isinstance(value, Image if wire == "Image" else Mask)
        array = value.pixels if isinstance(value, Image) else value.values
        assert np.isfinite(array).all()
        assert array.min() >= -1e-6
        assert array.max() <= 1 + 1e-6
        assert array.flags.c_contiguous
    elif wire == "File":
        assert isinstance(value, File)
    elif wire not in ("any", "json"):
        assert type(value) is SCALARS[wire]


@pytest.mark.parametrize("name", SPECS)
@QUICK
@given(data=st.data())
def test_is_deterministic_changes_no_input_and_returns_what_it_declares(
    name: str, data: st.DataObject, ctx: Context
) -> None:
    spec = SPECS[name]
    drawn = data.draw(inputs(spec))
    before = {key: comparable(value) for key, value in drawn.items()}
    first, second = outcome(spec, drawn, ctx), outcome(spec, drawn, ctx)
    assert {key: comparable(value) for key, value in drawn.items()} == before
    if isinstance(first, ValueError):
        assert str(first) == str(second)
        assert len(str(first)) > 20
        return
    assert comparable(first) == comparable(second)
    outputs = first if hasattr(first, "_fields") else (first,)
    for value, port in zip(outputs, spec.outputs.values(), strict=True):
        check_declared(value, port.type)


@pytest.mark.parametrize("name", SPECS)
def test_does_not_refuse_ordinary_inputs(name: str, ctx: Context) -> None:
    spec = SPECS[name]
    one = np.random.default_rng(0).random((1, HEIGHT, WIDTH, 3), dtype=np.float32)
    ordinary = {
        "Image": Image(one),
        "Mask": Mask(one[..., 0]),
        "any": 1,
        "str": "a",
        "int": 1,
        "float": 1.0,
        "bool": True,
    }
    required = {port.name: ordinary[port.type] for port in spec.inputs.values() if port.required}
    result = outcome(spec, required | SUCCEEDING.get(name, {}), ctx)
    assert not isinstance(result, ValueError), result


@pytest.mark.parametrize("name", SPECS)
def test_is_documented(name: str) -> None:
    spec = SPECS[name]
    assert spec.category
    assert spec.description.endswith(".")
    for port in spec.inputs.values():
        numeric = port.type in ("int", "float")
        assert port.description or not numeric or spec.category in ("value", "math", "logic"), port.name


def test_names_are_unique() -> None:
    assert len(SPECS) == len(BASIC) + len(IMAGE)
