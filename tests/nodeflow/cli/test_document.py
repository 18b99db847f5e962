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
from PIL.PngImagePlugin import PngInfo

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


@pytest.mark.parametrize("form", ["JPEG", "WebP", "GIF", "TIFF"])
def test_a_picture_that_can_carry_no_graph_is_told_apart(home: Path, form: str) -> None:
    Pillow.new("RGB", (2, 2)).save(home / "picture.png", form)
    with pytest.raises(GraphError, match=f"this is no graph but a {form} picture; only a PNG carries a graph"):
        read_graph("picture.png")


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("prompt", "but a workflow of ComfyUI, whose nodes are others"),
        ("workflow", "but a workflow of ComfyUI, whose nodes are others"),
        ("parameters", "but the settings of an A1111 picture"),
        ("Comment", r"the PNG carries no graph \[no_graph\]"),
    ],
)
def test_a_picture_of_another_tool_is_told_of(home: Path, keyword: str, said: str) -> None:
    chunks = PngInfo()
    chunks.add_text(keyword, "{}")
    Pillow.new("RGB", (2, 2)).save(home / "picture.png", pnginfo=chunks)
    with pytest.raises(GraphError, match=said):
        read_graph("picture.png")


@pytest.mark.parametrize(
    "document",
    [
        {"3": {"class_type": "KSampler", "inputs": {"seed": 1}}},
        {"last_node_id": 9, "nodes": [{"id": 3, "type": "KSampler"}], "links": []},
    ],
)
def test_a_workflow_of_another_tool_is_told_of(home: Path, document: dict[str, Any]) -> None:
    (home / "workflow.json").write_text(json.dumps(document))
    with pytest.raises(GraphError, match="no graph of format 1: it is a workflow of ComfyUI, whose nodes are others"):
        read_graph("workflow.json")


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
