"""Python values as the JSON that a graph holds."""

from __future__ import annotations

from enum import Enum
from typing import Any

from nodeflow.json_document import MAX_DEPTH


def plain(value: object, depth: int = 0) -> Any:
    """The value with tuples as lists and members of enums as their values, sharing no list or dict with it.

    What JSON has no word for stays as it is: whoever reads the document refuses it, as what nests too deep.
    """
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: plain(item, depth + 1) for name, item in value.items()}
    return value
