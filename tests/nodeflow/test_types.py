"""Wire types: shapes that are checked, values nobody can write to, and codecs that give back what they took."""

import copy
import json
import math
import pickle
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nodeflow import Encoded, File, Image, Mask, WireType
from nodeflow.errors import DeclarationError
from nodeflow.plugins import load_plugins
from nodeflow.types import BUILT_IN, ArrayCodec, JSONCodec

FILE = File(sha256="ab" * 32, name="a.png", media_type="image/png", size=7)
PIXELS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 4), st.sampled_from([3, 4])),
    elements=st.floats(0, 1, width=32),
)


def pixels(*shape: int, dtype: Any = np.float32) -> Any:
    return np.full(shape, 0.5, dtype)


@pytest.mark.parametrize("shape", [(1, 2, 3, 3), (2, 1, 1, 4)])
def test_an_image(shape: tuple[int, ...]) -> None:
    image = Image(pixels(*shape))
    assert image.pixels.shape == shape
    assert image.size == (shape[2], shape[1])


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (pixels(2, 3, 3), "float32 [2, 3, 3]"),
        (pixels(1, 2, 3, 1), "float32 [1, 2, 3, 1]"),
        (pixels(1, 0, 3, 3), "float32 [1, 0, 3, 3]"),
        (pixels(0, 2, 3, 3), "float32 [0, 2, 3, 3]"),
        (pixels(1, 2, 3, 3, dtype=np.float64), "float64 [1, 2, 3, 3]"),
        (pixels(1, 2, 3, 3, dtype=np.uint8), "uint8 [1, 2, 3, 3]"),
        (pixels(1, 2, 3, 3).tolist(), "list"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_image(array: Any, got: str) -> None:
    said = f"Image wants a numpy array of float32 [batch, height, width, 3 or 4], none of them 0; got {got}"
    with pytest.raises(ValueError, match=re.escape(said)):
        Image(array)


def test_what_is_no_mask() -> None:
    assert Mask(pixels(1, 2, 3)).values.shape == (1, 2, 3)
    with pytest.raises(ValueError, match=re.escape("[batch, height, width], none of them 0; got float32 [2, 3]")):
        Mask(pixels(2, 3))


@pytest.mark.parametrize(("kind", "name", "shape"), [(Image, "pixels", (1, 2, 3, 3)), (Mask, "values", (1, 2, 3))])
def test_nobody_writes_to_a_value_wherever_it_comes_from(kind: Any, name: str, shape: tuple[int, ...]) -> None:
    array = pixels(*shape)
    first = kind(array)
    others = [pickle.loads(pickle.dumps(first)), copy.deepcopy(first), copy.copy(first)]  # noqa: S301
    for value in (first, *others):
        with pytest.raises(ValueError, match="read-only"):
            getattr(value, name)[0] = 0
        assert np.array_equal(getattr(value, name), array)
    assert array.flags.writeable
    assert np.shares_memory(getattr(first, name), array)


def through_json(encoded: Encoded) -> Encoded:
    """As a store would keep it: JSON has no NaN, and arrays are copies."""
    tensors = {name: array.copy() for name, array in encoded.tensors.items()}
    return Encoded(tensors, json.loads(json.dumps(encoded.meta, allow_nan=False)))


CODECS = {wire.name: wire.codec for wire in BUILT_IN}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(),
    "float": st.floats(),
    "str": st.text(),
    "bool": st.booleans(),
    "json": JSON,
    "File": st.builds(File, st.text("0123456789abcdef", min_size=64, max_size=64), st.text(), st.text(), st.integers()),
}


@given(st.data())
@pytest.mark.parametrize("name", VALUES)
def test_plain_values_come_back_as_they_were(name: str, data: st.DataObject) -> None:
    value, codec = data.draw(VALUES[name]), CODECS[name]
    assert codec is not None
    back = codec.decode(through_json(codec.encode(value)))
    assert type(back) is type(value)
    assert back == value or (isinstance(value, float) and math.isnan(value) and math.isnan(back))
    if isinstance(value, float):
        assert math.copysign(1, back) == math.copysign(1, value) or math.isnan(value)


@given(PIXELS)
def test_pictures_come_back_bit_for_bit(array: Any) -> None:
    codec = CODECS["Image"]
    assert codec is not None
    back = codec.decode(through_json(codec.encode(Image(array))))
    assert isinstance(back, Image)
    assert back.pixels.tobytes() == array.tobytes()
    mask_codec = CODECS["Mask"]
    assert mask_codec is not None
    assert np.array_equal(mask_codec.decode(mask_codec.encode(Mask(array[..., 0]))).values, array[..., 0])


class Mesh:
    pass


class Half:
    def encode(self, value: Any) -> Encoded:
        return Encoded(meta=value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Mash", Mesh, "#112233"), "wire type 'Mash': must be named 'Mesh', as the class of its values is"),
        (("Mesh", "Mesh", "#112233"), "wire type 'Mesh': 'Mesh' is no class; give that of its values"),
        (("object", list[int], "#112233"), "is no class"),
        (("Mesh", Mesh, "blue"), "wire type 'Mesh': color 'blue' must look like '#7aa2f7'"),
        (("Mesh", Mesh, "#1122334"), "must look like"),
        (("Mesh", Mesh, "#112233", "", Half()), "must have encode and decode"),
    ],
)
def test_a_wire_type_that_cannot_be(arguments: Any, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        WireType(*arguments)
    assert said in str(caught.value)


def test_a_wire_type_needs_no_codec() -> None:
    plain = WireType("Mesh", Mesh, "#112233")
    assert (plain.codec, plain.cache, plain.description) == (None, True, "")
    assert WireType("Mesh", Mesh, "#112233", codec=JSONCodec()).codec is not None


def test_an_array_codec_is_for_any_class_around_one_array() -> None:
    codec = ArrayCodec(Mask, "values")
    assert list(codec.encode(Mask(pixels(1, 2, 3))).tensors) == ["values"]


def luminance(color: str) -> float:
    """As WCAG 2 defines it, 0..1."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_type_that_comes_along_is_described_stored_and_of_its_own_colour() -> None:
    types = load_plugins().registry.types
    assert {"Image", "Mask", "File", "Latent", "Conditioning", "Denoiser", "TextEncoder", "VAE"} <= types.keys()
    assert len({wire.color.lower() for wire in types.values()}) == len(types)
    for wire in types.values():
        assert wire.description.endswith("."), wire.name
        assert wire.codec is not None, wire.name
        # A link must be seen on a near-black ground: 3 to 1 is what WCAG asks of graphics.
        assert (luminance(wire.color) + 0.05) / (luminance("#16161e") + 0.05) >= 3, wire.name
