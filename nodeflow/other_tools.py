"""What files of other tools look like, so that whoever brings one is told what it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

COMFYUI = "a workflow of ComfyUI, whose nodes are others; graphs/ has what most of them do"
A1111 = "the settings of an A1111 picture; graphs/txt2img.json takes most of them as its inputs"


PICTURES: Mapping[bytes, str] = {b"\xff\xd8\xff": "JPEG", b"RIFF": "WebP", b"GIF8": "GIF", b"II*\x00": "TIFF"}
"""How pictures begin that carry no graph."""


def of_bytes(data: bytes) -> str:
    """What a file is that is no JSON; empty where that is not known."""
    form = next((form for begins, form in PICTURES.items() if data.startswith(begins)), "")
    return f"a {form} picture; only a PNG carries a graph, and only where nodeflow has saved it" if form else ""


def of_document(document: Mapping[str, Any]) -> str:
    """What a JSON object is instead of a graph; empty where that is not known."""
    as_drawn = isinstance(document.get("nodes"), list) and "links" in document
    as_run = any(isinstance(node, dict) and "class_type" in node for node in document.values())
    return COMFYUI if as_drawn or as_run else ""


def of_texts(keywords: Collection[str]) -> str:
    """What the text chunks of a PNG hold instead of a graph, by their keywords; empty where that is not known."""
    if {"prompt", "workflow"} & set(keywords):
        return COMFYUI
    return A1111 if "parameters" in keywords else ""
