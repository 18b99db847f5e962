"""What an entry holds, and how much memory that is."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from nodeflow.cache import Entry
from nodeflow.cache.entry import LONGEST, MORE, MOST, footprint, warnings_with
from nodeflow.types import File, Image

FILE = File("a" * 64, "a.png", "image/png", 3)
OTHER = File("b" * 64, "b.png", "image/png", 3)


def test_the_files_it_is_worthless_without() -> None:
    entry = Entry({"file": FILE, "files": [OTHER, FILE], "text": "x"}, artifacts=(FILE,))
    assert set(entry.files()) == {FILE, OTHER}
    assert list(Entry({"text": "x"}).files()) == []


def test_warnings_of_a_step_and_of_those_before_it_are_kept_each_once() -> None:
    left, right = {"l": ("worn",), "top": ("dark",)}, {"r": ("thin",), "top": ("dark",)}
    assert warnings_with("s", ["late", "late"], [left, right]) == {"s": ("late",), **left, **right}
    assert list(warnings_with("s", [], [left, right])) == ["l", "top", "r"]
    assert warnings_with("s", [], [{}, {}]) == {}


def test_of_very_many_warnings_the_first_are_kept_and_of_a_long_one_its_beginning() -> None:
    many = [str(number) for number in range(MOST + 5)]
    assert warnings_with("s", many, [{"l": ("worn",)}]) == {"s": (*many[: MOST - 1], MORE)}
    assert warnings_with("s", ["one"], [{"l": tuple(many)}]) == {"s": ("one",), "l": (*many[: MOST - 2], MORE)}
    (kept,) = warnings_with("s", ["x" * LONGEST, "x" * LONGEST + "y"], [])["s"][1:]
    assert (len(kept), kept[-1]) == (LONGEST, "…")
    assert warnings_with("s", ["caf\udce9"], []) == {"s": ("caf?",)}


def test_arrays_count_by_their_bytes() -> None:
    pixels = np.zeros((1, 100, 100, 3), np.float32)
    assert 120_000 <= footprint(Image(pixels)) < 121_000
    assert 120_000 <= footprint({"a": [Image(pixels)], "b": (pixels, pixels)}) < 123_000
    assert footprint(Image(pixels[:, :1])) >= 120_000, "a part keeps the whole alive"


def test_what_is_held_twice_counts_once() -> None:
    text = "x" * 10_000
    assert footprint([text] * 100) < 12_000


def test_tensors_count_by_what_they_say() -> None:
    class Tensor:
        nbytes = 7_000_000

    @dataclass
    class Latent:
        samples: Any

    assert footprint(Latent(Tensor())) >= 7_000_000


class Storage:
    """As torch has it: the memory behind a tensor and its views."""

    def data_ptr(self) -> int:
        return 12345

    def nbytes(self) -> int:
        return 4_000_000


class View:
    """A part of a larger tensor."""

    nbytes = 1_000

    def untyped_storage(self) -> Storage:
        return Storage()


class Sparse:
    """A tensor that has neither storage nor bytes, as torch says it."""

    @property
    def nbytes(self) -> int:
        raise RuntimeError("nbytes is not defined for sparse tensors")

    def untyped_storage(self) -> Storage:
        raise NotImplementedError("Cannot access storage of SparseTensorImpl")


def test_a_view_of_a_tensor_counts_by_its_storage_and_once() -> None:
    assert footprint(View()) == 4_000_000
    assert footprint([View(), View()]) < 4_001_000
    assert footprint(View) < 10_000


def test_a_tensor_that_does_not_tell_is_no_failure() -> None:
    assert 0 < footprint(Sparse()) < 1_000


@pytest.mark.parametrize("value", [None, 1, 1.5, "text", b"bytes", object()])
def test_anything_else_counts_as_python_says(value: object) -> None:
    assert footprint(value) == sys.getsizeof(value)


def test_deep_and_circular_values() -> None:
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    assert footprint(deep) > 20_000
    circular: list[Any] = []
    circular.append(circular)
    assert footprint(circular) < 1_000
