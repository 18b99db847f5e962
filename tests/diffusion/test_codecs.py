"""What is stored comes back the same, to the bit."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_diffusion.codecs import ConditioningCodec, LatentCodec, RecipeCodec, packed, unpacked
from nodeflow_diffusion.types import (
    VAE,
    Area,
    Conditioning,
    Denoiser,
    Entry,
    Latent,
    ModelFile,
    Patch,
    TextEncoder,
)
from torch import Tensor

from nodeflow import Encoded

FLOATS = st.floats(width=32, allow_nan=False)
SIDES = st.integers(1, 4)


def tensors(shape: tuple[int, ...]) -> st.SearchStrategy[Tensor]:
    return hnp.arrays(np.float32, shape, elements=FLOATS).map(torch.tensor)


@st.composite
def latents(draw: st.DrawFn) -> Latent:
    batch, channels, height, width = (draw(SIDES) for _ in range(4))
    mask = draw(st.none() | st.sampled_from((1, batch)).flatmap(lambda b: tensors((b, 1, height, width))))
    return Latent(draw(tensors((batch, channels, height, width))), mask, draw(st.integers(1, 32)))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    start, end = sorted(draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    tokens, width = draw(SIDES), draw(SIDES)
    pixels = st.integers(0, 1 << 14)
    return Entry(
        context=draw(tensors((1, tokens, width))),
        pooled=draw(st.none() | tensors((1, width))),
        area=draw(st.none() | st.builds(Area, pixels, pixels, pixels, pixels)),
        mask=draw(st.none() | tensors((1, 3, 5))),
        strength=draw(st.floats(0, 10)),
        start=start,
        end=end,
    )


FILES = st.builds(ModelFile, st.text(), st.text(), st.text())
PATCHES = st.lists(st.builds(Patch, st.text(), FILES, st.floats(allow_nan=False, allow_infinity=False))).map(tuple)
RECIPES = st.one_of(
    st.builds(Denoiser, FILES, PATCHES, st.sampled_from([None, "epsilon", "v"])),
    st.builds(TextEncoder, FILES, PATCHES, st.none() | st.integers(-24, -1)),
    st.builds(VAE, FILES),
)


def stored(encoded: Encoded) -> Encoded:
    """As it comes back from a file: arrays that may not be written, and JSON."""
    arrays = {name: array.copy() for name, array in encoded.tensors.items()}
    for array in arrays.values():
        array.flags.writeable = False
    return Encoded(arrays, json.loads(json.dumps(encoded.meta, allow_nan=False)))


def same(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and a.shape == b.shape and a.numpy().tobytes() == b.numpy().tobytes()


@given(latents())
@settings(deadline=None, max_examples=50)
def test_latents(latent: Latent) -> None:
    back = LatentCodec().decode(stored(LatentCodec().encode(latent)))
    assert same(back.samples, latent.samples)
    assert same(back.noise_mask, latent.noise_mask)
    assert back.factor == latent.factor


@given(st.lists(entries(), min_size=1, max_size=3).map(tuple))
@settings(deadline=None, max_examples=50)
def test_conditionings(given_entries: tuple[Entry, ...]) -> None:
    back = ConditioningCodec().decode(stored(ConditioningCodec().encode(Conditioning(given_entries))))
    assert len(back.entries) == len(given_entries)
    for ours, theirs in zip(back.entries, given_entries, strict=True):
        for name in ("context", "pooled", "mask"):
            assert same(getattr(ours, name), getattr(theirs, name)), name
        for name in ("area", "strength", "start", "end"):
            assert getattr(ours, name) == getattr(theirs, name), name


@given(RECIPES)
@settings(deadline=None, max_examples=50)
def test_recipes(recipe: Any) -> None:
    codec = RecipeCodec(type(recipe))
    back = codec.decode(stored(codec.encode(recipe)))
    assert back == recipe
    assert hash(back) == hash(recipe)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_every_type_of_float_comes_back(dtype: torch.dtype) -> None:
    tensor = torch.randn(3, 4).to(dtype)
    arrays, dtypes = packed([("x", tensor), ("absent", None)])
    assert list(arrays) == ["x"]
    back = unpacked(arrays, dtypes)["x"]
    assert back.dtype == dtype
    assert torch.equal(back, tensor)


def test_what_comes_back_can_be_sampled_from() -> None:
    """Tensors over read-only arrays warn when they are made, and warnings are errors here."""
    back = LatentCodec().decode(stored(LatentCodec().encode(Latent(torch.zeros(1, 4, 2, 2)))))
    back.samples.add_(1)
    assert back.samples.sum() == 16
