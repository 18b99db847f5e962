"""Both tiers together: memory first, then disk, and never a reason for a run to fail."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodeflow.cache import Cache, Entry
from nodeflow.types import BUILT_IN, Encoded, Image, WireType

KEY = "ab" * 32
TEXT = Entry({"text": "x"}, type="T", types={"text": "str"}, node_id="n")


class Handle:
    """What must not outlive a run."""


class HandleCodec:
    """Would know how to store it."""

    def encode(self, value: Any) -> Encoded:
        return Encoded(meta=1)

    def decode(self, encoded: Encoded) -> Any:
        return Handle()


class Plain:
    """What has no form on disk."""


class Fussy:
    """What cannot be encoded after all."""


class FussyCodec:
    """Fails at one and the other."""

    def encode(self, value: Any) -> Encoded:
        raise RuntimeError("not this one")

    def decode(self, encoded: Encoded) -> Any:
        raise RuntimeError("not this one")


TYPES = {wire.name: wire for wire in BUILT_IN}
TYPES |= {
    "Handle": WireType("Handle", Handle, "#000000", codec=HandleCodec(), cache=False),
    "Plain": WireType("Plain", Plain, "#000000"),
    "Fussy": WireType("Fussy", Fussy, "#000000", codec=FussyCodec()),
}


def cache(folder: Path, memory: int = 1 << 20, disk: int = 1 << 20) -> Cache:
    return Cache(memory, folder, disk, TYPES)


def entries(kept: Cache) -> tuple[int, int]:
    usage = kept.usage()
    return usage["memory"]["entries"], usage["disk"]["entries"]


def test_what_is_on_disk_comes_into_memory(tmp_path: Path) -> None:
    cache(tmp_path).put(KEY, TEXT)
    kept = cache(tmp_path)
    assert (kept.recall(KEY), kept.has(KEY, "T"), kept.on_disk(KEY, "T")) == (None, True, True)
    found = kept.get(KEY, "T")
    assert found is not None
    assert found.outputs == {"text": "x"}
    assert kept.recall(KEY) is found
    kept.remove(KEY, "T")
    assert (kept.get(KEY, "T"), kept.has(KEY, "T"), entries(kept)) == (None, False, (0, 0))


def test_usage_and_clear(tmp_path: Path) -> None:
    kept = cache(tmp_path, memory=5000, disk=6000)
    kept.put(KEY, TEXT)
    usage = kept.usage()
    assert [usage[tier]["budget"] for tier in ("memory", "disk")] == [5000, 6000]
    assert 0 < usage["memory"]["bytes"] < 5000
    assert usage["disk"]["bytes"] == sum(path.stat().st_size for path in tmp_path.rglob("*.safetensors"))
    kept.clear()
    assert (entries(kept), kept.get(KEY, "T")) == ((0, 0), None)


@pytest.mark.parametrize(("folder", "disk"), [(None, 1 << 20), ("there", 0)])
def test_memory_alone(tmp_path: Path, folder: str | None, disk: int) -> None:
    kept = Cache(1 << 20, tmp_path / folder if folder else None, disk, TYPES)
    kept.put(KEY, TEXT)
    assert (kept.get(KEY, "T"), kept.on_disk(KEY, "T")) == (TEXT, False)
    assert list(kept.usage()) == ["memory"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("outputs", "types", "where"),
    [
        ({"h": Handle()}, {"h": "Handle"}, (0, 0)),
        ({"h": [Handle(), Handle()]}, {"h": "list[Handle]"}, (0, 0)),
        ({"text": "x", "value": Handle()}, {"text": "str", "value": "any"}, (0, 0)),
        ({"h": None}, {"h": "Handle"}, (1, 1)),
        ({"p": Plain()}, {"p": "Plain"}, (1, 0)),
        ({"p": Plain(), "text": "x"}, {"p": "any", "text": "str"}, (1, 0)),
        ({"text": "x"}, {"text": "str"}, (1, 1)),
    ],
)
def test_where_a_type_is_kept(tmp_path: Path, outputs: Any, types: Any, where: tuple[int, int]) -> None:
    kept, warned = cache(tmp_path), list[str]()
    kept.put(KEY, Entry(outputs, type="T", types=types), warned.append)
    assert (entries(kept), warned) == (where, [])


def test_what_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept, warned = cache(tmp_path), list[str]()
    with caplog.at_level(logging.WARNING):
        kept.put(KEY, Entry({"f": Fussy()}, type="T", types={"f": "Fussy"}, node_id="n"), warned.append)
    assert warned == caplog.messages == ["what 'n' gave could not be kept on disk: not this one"]
    assert entries(kept) == (1, 0)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_a_codec_no_longer_reads_is_a_warning_and_a_miss(tmp_path: Path) -> None:
    class Changed(HandleCodec):
        """Wrote what the other one cannot read."""

    types = {**TYPES, "Fussy": WireType("Fussy", Fussy, "#000000", codec=Changed())}
    Cache(0, tmp_path, 1 << 20, types).put(KEY, Entry({"f": Fussy()}, type="T", types={"f": "Fussy"}))
    kept, warned = cache(tmp_path), list[str]()
    assert kept.get(KEY, "T", warned.append) is None
    assert "cannot be decoded: not this one" in warned[0]
    assert entries(kept) == (0, 0)


def test_views_from_disk_are_as_read_only_as_they_were(tmp_path: Path) -> None:
    entry = Entry({"image": Image(np.ones((1, 2, 2, 3), np.float32))}, type="T", types={"image": "Image"})
    cache(tmp_path).put(KEY, entry)
    found = cache(tmp_path).get(KEY, "T")
    assert found is not None
    with pytest.raises(ValueError, match="read-only"):
        found.outputs["image"].pixels[0, 0, 0, 0] = 0.5
