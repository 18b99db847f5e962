"""The graph inside a picture: the `nodeflow` text chunk of a PNG, with the graph and what it ran with."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image as Pillow
from PIL import UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

from nodeflow import json_document, other_tools
from nodeflow.graph import Graph, parse
from nodeflow.problems import GraphError, Problem, Problems

KEYWORD = "nodeflow"


def info(provenance: Mapping[str, Any]) -> PngInfo:
    """What Pillow takes as `pnginfo` when it saves a PNG: one iTXt chunk with `Context.provenance()` as JSON."""
    chunks = PngInfo()
    # Not compressed: Pillow refuses to inflate texts beyond a mebibyte, and a plain text is found by any tool.
    chunks.add_itxt(KEYWORD, json.dumps(provenance, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    return chunks


def read(source: bytes | Path | BinaryIO) -> dict[str, Any]:
    """The provenance in a PNG; raises `GraphError` when the file is no PNG, or has none, or it is no JSON object."""
    try:
        with Pillow.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=["PNG"]) as picture:
            assert isinstance(picture, PngImageFile)
            texts = picture.text
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _refusal("not_png", f"the file cannot be read as a PNG: {error}", "a PNG file") from error
    if KEYWORD not in texts:
        other = other_tools.of_texts(texts)
        message = "the PNG carries no graph" + (f" but {other}" if other else "")
        raise _refusal("no_graph", message, f"a text chunk {KEYWORD!r}")
    problems = Problems()
    provenance = json_document.read(texts[KEYWORD], problems)
    problems.refuse()
    if not isinstance(provenance, dict):
        raise _refusal("wrong_type", "what the PNG carries is no JSON object", "a JSON object")
    return provenance


def read_graph(source: bytes | Path | BinaryIO) -> Graph:
    """The graph in a PNG, read as strictly as any other; raises `GraphError`."""
    provenance = read(source)
    if not isinstance(provenance.get("graph"), dict):
        raise _refusal("no_graph", "the PNG carries no graph", "a field 'graph' in its text chunk")
    return parse(provenance["graph"])


def _refusal(code: str, message: str, expected: str) -> GraphError:
    return GraphError([Problem(code, "", message, expected=expected)])
