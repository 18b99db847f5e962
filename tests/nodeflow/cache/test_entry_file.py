"""One entry, one file: read back exactly, or not at all."""

import pickletools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodeflow.cache import Entry, entry_file
from nodeflow.cache.entry_file import DamagedError, UnstorableError, read_manifest, write
from nodeflow.types import BUILT_IN, Encoded, File, Image, Mask, WireType

KEY = "0123" * 16


class Words:
    """A plugin's type: a list of texts, and an array of no dimensions."""

    def __init__(self, words: list[str]) -> None:
        self.words = words


class WordsCodec:
    """Keeps words in the metadata and their number in an array."""

    def encode(self, value: Words) -> Encoded:
        return Encoded({"count": np.asarray(len(value.words), ">i4")}, {"words": value.words})

    def decode(self, encoded: Encoded) -> Words:
        assert encoded.tensors["count"] == len(encoded.meta["words"])
        return Words(encoded.meta["words"])


class Handle:
    """A plugin's type without a codec."""


TYPES = {wire.name: wire for wire in BUILT_IN}
TYPES["Words"] = WireType("Words", Words, "#000000", codec=WordsCodec())
TYPES["Handle"] = WireType("Handle", Handle, "#000000")

PIXELS = np.linspace(0, 1, 2 * 4 * 3 * 3, dtype=np.float32).reshape(2, 4, 3, 3)
FULL = Entry(
    outputs={
        "image": Image(PIXELS),
        "mask": Mask(PIXELS[..., 0].transpose(0, 2, 1)),
        "images": [Image(PIXELS), Image(PIXELS[:1])],
        "nothing": None,
        "count": 3,
        "number": -0.0,
        "text": "ein Würfel 😀",
        "flag": True,
        "data": {"a": [1, 1.0, None], "": {}},
        "file": File("c" * 64, "c.png", "image/png", 9),
        "words": Words(["a", "b"]),
        "anything": [1, "two"],
        "any_image": Image(PIXELS),
    },
    artifacts=(File("b" * 64, "b.png", "image/png", 8),),
    seconds=1.25,
    type="acme/Everything",
    parts={"values": {"steps": 1, "cfg": 1.0}, "code": "abc"},
    types={
        "image": "Image", "mask": "Mask", "images": "list[Image]", "nothing": "Image", "count": "int",
        "number": "float", "text": "str", "flag": "bool", "data": "json", "file": "File", "words": "Words",
        "anything": "any", "any_image": "any",
    },
    node_id="n",
    warnings={"e" * 64: ("it is worn", "it is dark")},
)  # fmt: skip


def plain(value: Any) -> Any:
    """A value in a form that compares exactly."""
    if isinstance(value, Image | Mask):
        array = value.pixels if isinstance(value, Image) else value.values
        return (type(value).__name__, str(array.dtype), array.shape, array.tobytes())
    if isinstance(value, Words):
        return ("Words", tuple(value.words))
    if isinstance(value, list):
        return [plain(item) for item in value]
    return repr(value)


def read(path: Path, key: str, types: Mapping[str, WireType]) -> Entry:
    with path.open("rb") as stream:
        return entry_file.read(stream, key, types)


def same(left: Entry, right: Entry) -> bool:
    names = ("artifacts", "seconds", "type", "parts", "types", "node_id", "warnings")
    outputs = [{name: plain(value) for name, value in entry.outputs.items()} for entry in (left, right)]
    return outputs[0] == outputs[1] and all(repr(getattr(left, name)) == repr(getattr(right, name)) for name in names)


def test_everything_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "e", KEY, FULL, TYPES)
    assert same(read(tmp_path / "e", KEY, TYPES), FULL)
    manifest = read_manifest(tmp_path / "e")
    assert (manifest["key"], manifest["parts"], manifest["node_id"]) == (KEY, FULL.parts, "n")


def test_it_is_a_safetensors_file(tmp_path: Path) -> None:
    from safetensors import safe_open

    write(tmp_path / "e", KEY, FULL, TYPES)
    with safe_open(tmp_path / "e", "np") as file:
        assert set(file.metadata()) == {"nodeflow", "nodeflow.sha256"}
        assert sum(file.get_tensor(name).nbytes for name in file.keys()) > PIXELS.nbytes  # noqa: SIM118
    with pytest.raises(ValueError, match=r"opcode|pickle"):
        list(pickletools.genops((tmp_path / "e").read_bytes()))


def test_an_entry_without_arrays(tmp_path: Path) -> None:
    entry = Entry({"text": "x"}, type="T", types={"text": "str"})
    write(tmp_path / "e", KEY, entry, TYPES)
    assert same(read(tmp_path / "e", KEY, TYPES), entry)


def small() -> Entry:
    return Entry(
        {"image": Image(np.ones((1, 2, 2, 3), np.float32)), "text": "x"},
        type="T",
        parts={"values": {"a": 1}},
        types={"image": "Image", "text": "str"},
    )


def survives(path: Path, data: bytes, entry: Entry) -> bool:
    """Whether damaged data is taken for the entry; it must then be the very same entry."""
    path.write_bytes(data)
    try:
        found = read(path, KEY, TYPES)
    except DamagedError:
        return False
    assert same(found, entry)
    return True


def test_a_bit_flipped_anywhere_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "e", KEY, small(), TYPES)
    whole = (tmp_path / "e").read_bytes()
    survived = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        survived += survives(tmp_path / "e", bytes(damaged), small())
    assert survived == 0


def test_a_file_cut_anywhere_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "e", KEY, small(), TYPES)
    whole = (tmp_path / "e").read_bytes()
    assert not any(survives(tmp_path / "e", whole[:length], small()) for length in range(0, len(whole), 3))
    assert not survives(tmp_path / "e", whole + b"\0", small())


@settings(max_examples=200)
@given(data=st.binary(max_size=300))
def test_garbage_is_damaged(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage"
    assert not survives(path, data, small())
    assert not survives(path, len(data).to_bytes(8, "little") + data, small())


def swapped(data: bytes) -> bytes:
    return data.replace(b'"dtype":"F32","shape":[1,2,2,3]', b'"dtype":"I32","shape":[1,2,2,3]')


def reshaped(data: bytes) -> bytes:
    return data.replace(b'"shape":[1,2,2,3]', b'"shape":[2,2,1,3]')


@pytest.mark.parametrize("change", [swapped, reshaped])
def test_a_tensor_of_another_type_or_shape_is_noticed(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    write(tmp_path / "e", KEY, small(), TYPES)
    whole = (tmp_path / "e").read_bytes()
    assert change(whole) != whole
    assert not survives(tmp_path / "e", change(whole), small())


def test_an_entry_in_anothers_place_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "e", "f" * 64, small(), TYPES)
    with pytest.raises(DamagedError, match="holds the entry ffff"):
        read(tmp_path / "e", KEY, TYPES)


def test_a_type_that_is_gone(tmp_path: Path) -> None:
    write(tmp_path / "e", KEY, FULL, TYPES)
    with pytest.raises(DamagedError, match="no codec for 'Words'"):
        read(tmp_path / "e", KEY, {name: wire for name, wire in TYPES.items() if name != "Words"})


@pytest.mark.parametrize(
    ("outputs", "types", "message"),
    [
        ({"a": Handle()}, {"a": "Handle"}, "'Handle' has no codec"),
        ({"a": [Handle()]}, {"a": "list[Handle]"}, "'Handle' has no codec"),
        ({"a": object()}, {"a": "any"}, "object is no wire type"),
        ({"a": {"b": Handle()}}, {"a": "any"}, "dict is no wire type"),
        ({"a": {1: 2}}, {"a": "any"}, "dict is no wire type"),
        ({"a": [float("nan")]}, {"a": "json"}, "'json' calls meta is not JSON"),
    ],
)
def test_what_has_no_form_on_disk(tmp_path: Path, outputs: Any, types: Any, message: str) -> None:
    with pytest.raises(UnstorableError, match=message):
        write(tmp_path / "e", KEY, Entry(outputs, types=types), TYPES)
    assert not (tmp_path / "e").exists()
