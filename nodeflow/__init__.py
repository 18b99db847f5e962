"""nodeflow: typed nodes, JSON graphs, cached runs. What authors of nodes, plugins and graphs import stands here."""

import importlib
from typing import TYPE_CHECKING, Any

from nodeflow.context import Cancelled, Context
from nodeflow.errors import NodeflowError
from nodeflow.events import Event
from nodeflow.node import NOT_READY, Node, node
from nodeflow.node_api import VERSION as API_VERSION
from nodeflow.widgets import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider

if TYPE_CHECKING:
    from pydantic import Field, JsonValue

    from nodeflow.builder import Builder
    from nodeflow.detection import Detected, Detector
    from nodeflow.folders import ModelFolder
    from nodeflow.hookspecs import hookimpl
    from nodeflow.migration import Migration, OldNode
    from nodeflow.plugin_route import Request, Response, Route
    from nodeflow.types import Codec, Encoded, File, Image, Mask, WireType

_LATER = {
    "Builder": "nodeflow.builder",
    "Field": "pydantic",
    "JsonValue": "pydantic",
    "ModelFolder": "nodeflow.folders",
    "hookimpl": "nodeflow.hookspecs",
    **dict.fromkeys(("Detected", "Detector"), "nodeflow.detection"),
    **dict.fromkeys(("Migration", "OldNode"), "nodeflow.migration"),
    **dict.fromkeys(("Request", "Response", "Route"), "nodeflow.plugin_route"),
    **dict.fromkeys(("Codec", "Encoded", "File", "Image", "Mask", "WireType"), "nodeflow.types"),
}
"""Names whose modules take a tenth of a second: imported when first asked for, so that `nodeflow --help` is at once."""

__all__ = [
    "API_VERSION",
    "NOT_READY",
    "Builder",
    "Cancelled",
    "Choices",
    "Codec",
    "Context",
    "Detected",
    "Detector",
    "Encoded",
    "Event",
    "Field",
    "File",
    "FileChoice",
    "Image",
    "JsonValue",
    "Lazy",
    "Mask",
    "Migration",
    "ModelFolder",
    "Multiline",
    "Node",
    "NodeflowError",
    "OldNode",
    "Painted",
    "Request",
    "Response",
    "Route",
    "Seed",
    "Slider",
    "WireType",
    "hookimpl",
    "node",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'nodeflow' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
