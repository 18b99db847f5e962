"""A picture carries its graph, and gives it back."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from nodeflow import png
from nodeflow.graph import parse
from nodeflow.problems import GraphError

GRAPH: dict[str, Any] = {"nodeflow": 1, "nodes": {"a": {"type": "Text", "values": {"text": "ein Würfel 😀 \0"}}}}


def picture(chunks: PngInfo | None = None) -> bytes:
    buffer = io.BytesIO()
    Pillow.new("RGB", (3, 2), (1, 2, 3)).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()


def texts(chunks: dict[str, str]) -> PngInfo:
    info = PngInfo()
    for keyword, text in chunks.items():
        info.add_itxt(keyword, text)
    return info


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_written_is_read(text: str) -> None:
    graph = {"nodeflow": 1, "nodes": {"a": {"type": "Text", "values": {"text": text}}}}
    provenance = {"graph": graph, "files": {"models/a": "0" * 64}}
    written = picture(png.info(provenance))
    assert png.read(written) == provenance
    assert png.read_graph(written) == parse(graph)


def test_bytes_path_and_stream(tmp_path: Path) -> None:
    written = picture(png.info({"graph": GRAPH}))
    (tmp_path / "a.png").write_bytes(written)
    assert png.read_graph(tmp_path / "a.png") == png.read_graph(io.BytesIO(written)) == parse(GRAPH)


def test_a_large_graph_fits() -> None:
    graph = {"nodeflow": 1, "nodes": {str(n): {"type": "Text", "values": {"text": "x" * 500}} for n in range(5000)}}
    assert png.read_graph(picture(png.info({"graph": graph}))) == parse(graph)


def test_the_pixels_stay_as_they_are() -> None:
    with Pillow.open(io.BytesIO(picture(png.info({"graph": GRAPH})))) as image:
        assert image.tobytes() == bytes([1, 2, 3]) * 6


def test_the_chunk_is_found_behind_the_pixels() -> None:
    plain = picture()
    payload = b"nodeflow\0\0\0\0\0" + b'{"graph": {"nodeflow": 1, "nodes": {}}}'
    chunk = struct.pack(">I", len(payload)) + b"iTXt" + payload + struct.pack(">I", zlib.crc32(b"iTXt" + payload))
    assert png.read_graph(plain[:-12] + chunk + plain[-12:]) == parse({"nodeflow": 1, "nodes": {}})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_png"),
        (b"GIF89a", "not_png"),
        (picture()[:40], "not_png"),
        (picture(), "no_graph"),
        (picture(texts({"nodeflow": "{"})), "not_json"),
        (picture(texts({"nodeflow": "[1]"})), "wrong_type"),
        (picture(texts({"nodeflow": "{}"})), "no_graph"),
        (picture(texts({"nodeflow": '{"graph": {"nodeflow": 2}}'})), "version"),
        (picture(texts({"parameters": "a red circle"})), "no_graph"),
    ],
)
def test_pictures_without_a_graph(data: bytes, code: str) -> None:
    with pytest.raises(GraphError) as caught:
        png.read_graph(data)
    assert caught.value.problems[0].code == code
