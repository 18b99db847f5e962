"""A graph comes from a JSON file, a PNG or stdin, told apart by content."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from nodeflow import png
from nodeflow.cli.document import read_graph
from nodeflow.cli.failures import UsageError
from nodeflow.problems import GraphError

Write = Callable[..., Path]
NODES: dict[str, Any] = {"a": {"type": "Text", "values": {"value": "é"}}}


def picture(path: Path, provenance: dict[str, Any] | None) -> Path:
    Pillow.new("RGB", (2, 2)).save(path, "PNG", pnginfo=png.info(provenance) if provenance is not None else None)
    return path


def test_a_file_is_what_its_content_is_whatever_its_name(graph: Write, home: Path) -> None:
    document = graph(NODES, "graph.png")
    drawn = picture(home / "picture.json", {"graph": json.loads(document.read_bytes())})
    assert read_graph(str(document)) == read_graph(str(drawn))
    assert read_graph(str(drawn)).nodes["a"].values == {"value": "é"}


def test_a_dash_reads_stdin(graph: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = graph(NODES)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert read_graph("-") == read_graph(str(path))


def test_a_missing_file_is_told_with_its_neighbour(graph: Write, home: Path) -> None:
    graph(NODES, "txt2img.json")
    with pytest.raises(UsageError, match=r"there is no file 'txt2im.json'; did you mean 'txt2img.json'\?"):
        read_graph("txt2im.json")
    with pytest.raises(UsageError, match=f"there is no file '{home}/none/x.json'$"):
        read_graph(f"{home}/none/x.json")


def test_a_folder_cannot_be_read(home: Path) -> None:
    with pytest.raises(UsageError, match=f"cannot read '{home}': Is a directory"):
        read_graph(str(home))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not_json"), (b"{}", "version"), (b"[]", "wrong_type"), (b"\x89PNG\r\n\x1a\nrest", "not_png")],
)
def test_what_is_no_graph_is_a_problem_of_the_graph(home: Path, content: bytes, code: str) -> None:
    (home / "x").write_bytes(content)
    with pytest.raises(GraphError) as error:
        read_graph("x")
    assert [problem.code for problem in error.value.problems] == [code]


@pytest.mark.parametrize("provenance", [None, {}, {"graph": 3}])
def test_a_picture_without_a_graph_says_so(home: Path, provenance: dict[str, Any] | None) -> None:
    with pytest.raises(GraphError, match="carries no graph"):
        read_graph(str(picture(home / "x.png", provenance)))
