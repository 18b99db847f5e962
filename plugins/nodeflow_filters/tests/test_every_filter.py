"""Every node keeps the promises of a node, on inputs drawn from its declaration."""

import importlib.metadata
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_filters import plugin
from nodeflow_filters.plugin import NODES

from nodeflow import Context, Image, Mask, Node
from nodeflow.spec import NodeSpec, Port

QUICK = settings(max_examples=8, deadline=None)
SPECS = {spec.name: spec for spec in map(NodeSpec.of, NODES)}
OF_A_WHOLE_BATCH = {"AddGrain", "ReduceColors"}
"""What these make of a picture depends on the others of its batch."""
BLURS_ALPHA = {"BoxBlur", "MotionBlur"}
SIDES = st.integers(1, 9)


@st.composite
def arrays(draw: st.DrawFn, *shape: int) -> np.ndarray:
    """Random values in steps of 1/255, or all of one value."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    varied = random.integers(0, 256, shape) / 255
    return np.broadcast_to(varied if draw(st.booleans()) else varied.flat[0], shape).astype(np.float32)


def literals(schema: Any) -> st.SearchStrategy[Any]:
    """Values of the JSON Schema of an input; the numbers are kept small."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 0.01)
    high = min(schema.get("maximum", 4), 4)
    return {"boolean": st.booleans(), "integer": st.integers(int(low), high), "number": st.floats(low, high)}[
        schema["type"]
    ]


def values(port: Port, batch: int, size: tuple[int, int], channels: int) -> st.SearchStrategy[Any]:
    if port.type == "Image":
        pictures = arrays(batch, *size, channels).map(Image)
        return st.none() | pictures if port.nullable else pictures
    return arrays(batch, *size).map(Mask) if port.type == "Mask" else literals(port.schema)


@st.composite
def inputs(draw: st.DrawFn, spec: NodeSpec) -> dict[str, Any]:
    batch, channels = draw(st.sampled_from([1, 2])), draw(st.sampled_from([3, 4]))
    size = draw(SIDES), draw(SIDES)
    found = {name: draw(values(port, batch, size, channels)) for name, port in spec.inputs.items()}
    if spec.name == "Levels" and found["white"] <= found["black"]:
        found |= {"black": 0.0, "white": 1.0}
    if spec.name == "CannyEdges" and found["low"] > found["high"]:
        found |= {"low": found["high"], "high": found["low"]}
    return found


def array_of(value: object) -> np.ndarray:
    assert isinstance(value, Image | Mask)
    return value.pixels if isinstance(value, Image) else value.values


def arrays_of(result: Any) -> list[np.ndarray]:
    """The pictures and masks among the outputs."""
    outputs = result if isinstance(result, tuple) else (result,)
    return [array_of(output) for output in outputs if isinstance(output, Image | Mask)]


def run(node: type[Node], given_inputs: dict[str, Any]) -> Any:
    return node(**given_inputs).run(Context())


@pytest.mark.parametrize("name", SPECS)
@QUICK
@given(data=st.data())
def test_keeps_the_size_and_the_range_and_changes_no_input(name: str, data: st.DataObject) -> None:
    spec = SPECS[name]
    drawn = data.draw(inputs(spec))
    links = {key: value for key, value in drawn.items() if isinstance(value, Image | Mask)}
    before = {key: array_of(value).copy() for key, value in links.items()}
    first, second = run(spec.node, drawn), run(spec.node, drawn)
    assert all(np.array_equal(array_of(links[key]), before[key]) for key in links)
    source = array_of(next(iter(links.values())))
    for result, again in zip(arrays_of(first), arrays_of(second), strict=True):
        assert np.array_equal(result, again)
        assert result.shape[:3] == source.shape[:3]
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1


@pytest.mark.parametrize("name", sorted(set(SPECS) - OF_A_WHOLE_BATCH))
@QUICK
@given(data=st.data())
def test_a_batch_is_each_of_its_pictures(name: str, data: st.DataObject) -> None:
    spec = SPECS[name]
    drawn = data.draw(inputs(spec))
    whole = arrays_of(run(spec.node, drawn))
    for number in range(len(whole[0])):
        one = {
            key: type(value)(array_of(value)[number : number + 1]) if isinstance(value, Image | Mask) else value
            for key, value in drawn.items()
        }
        for alone, together in zip(arrays_of(run(spec.node, one)), whole, strict=True):
            assert np.array_equal(alone, together[number : number + 1])


@pytest.mark.parametrize("name", sorted(name for name in set(SPECS) - BLURS_ALPHA if "image" in SPECS[name].inputs))
@QUICK
@given(data=st.data())
def test_alpha_stays_and_does_not_count(name: str, data: st.DataObject) -> None:
    spec = SPECS[name]
    drawn = data.draw(inputs(spec))
    opaque = drawn | {"image": Image(np.ascontiguousarray(drawn["image"].pixels[..., :3]))}
    alpha = data.draw(arrays(*drawn["image"].pixels.shape[:3], 1))
    clear = drawn | {"image": Image(np.concatenate([opaque["image"].pixels, alpha], axis=3))}
    for with_alpha, without in zip(arrays_of(run(spec.node, clear)), arrays_of(run(spec.node, opaque)), strict=True):
        if with_alpha.shape[-1] == 4 and with_alpha.ndim == 4:
            assert np.array_equal(with_alpha[..., 3:], alpha)
            with_alpha = with_alpha[..., :3]
        assert np.array_equal(with_alpha, without)


@pytest.mark.parametrize("name", SPECS)
def test_is_documented(name: str) -> None:
    spec = SPECS[name]
    assert spec.category
    assert spec.description.endswith(".")
    assert all(port.description for port in spec.inputs.values() if port.type in ("int", "float"))


def test_the_environment_names_what_is_installed() -> None:
    found = plugin.nodeflow_environment({})
    assert found == {name: importlib.metadata.version(name) for name in found}
    assert "scikit-image" in found
