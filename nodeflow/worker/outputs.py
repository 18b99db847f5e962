"""What the targets of a run gave, as far as JSON carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nodeflow.types import File

LARGEST = 64 << 10
"""Characters of an output's JSON; larger ones are files or nothing."""


class _NotJSON(Exception):  # noqa: N818
    pass


def json_outputs(outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Numbers, texts and other JSON, and files by their names and digests; images and the like are left out."""
    kept: dict[str, dict[str, Any]] = {}
    for node_id, values in outputs.items():
        for name, value in values.items():
            try:
                plain = json.dumps(value, default=_file, allow_nan=False)
            except (_NotJSON, ValueError, TypeError, RecursionError):
                continue
            if len(plain) <= LARGEST:
                kept.setdefault(node_id, {})[name] = json.loads(plain)
    return kept


def _file(value: Any) -> dict[str, Any]:
    if isinstance(value, File):
        return asdict(value)
    raise _NotJSON
